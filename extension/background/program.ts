// Runs the WebAssembly program with the script that Go brings for it, wasm_exec.js.

interface GoProgram {
  importObject: WebAssembly.Imports;
  exit: (code: number) => void;
  run(instance: WebAssembly.Instance): Promise<void>;
}
declare const Go: new () => GoProgram; // wasm_exec.js

/** runProgram runs the program at an address to its end, and tells what its end means to a person. */
export async function runProgram(url: string): Promise<string> {
  const go = new Go();
  let code = 0;
  go.exit = (c) => (code = c);
  const { instance } = await WebAssembly.instantiateStreaming(fetch(url), go.importObject);
  await go.run(instance);
  return code === 0 ? "kAI stopped." : `kAI stopped unexpectedly (code ${code}).`;
}
