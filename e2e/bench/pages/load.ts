// Runs wasm/cmd/load, which fills the database that the product will find.
import { makeIdbShim } from "../../../wasm/store/idb/shim";

interface GoProgram {
  importObject: WebAssembly.Imports;
  run(instance: WebAssembly.Instance): Promise<void>;
}
declare const Go: new () => GoProgram; // wasm_exec.js

/** load imports the export at an address and gives what went wrong, or "". */
async function load(address: string): Promise<string> {
  const text = new Uint8Array(await (await fetch(address)).arrayBuffer());
  return new Promise((done) => {
    Object.assign(globalThis, { kaiLoad: { text, idb: makeIdbShim(), done } });
    const go = new Go();
    void WebAssembly.instantiateStreaming(fetch("load.wasm"), go.importObject)
      .then(({ instance }) => go.run(instance)).catch((error: unknown) => done(String(error)));
  });
}

Object.assign(globalThis, { load });
