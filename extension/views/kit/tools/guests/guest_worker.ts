// Runs one call of a guest, in a worker of its own that is ended when it takes too long. The guest has its arguments and the
// capabilities of its manifest: no file, no network, no environment.
import { ConsoleStdout, File, OpenFile, WASI, wasi as wasiTypes } from "@bjorn3/browser_wasi_shim";
import type { Job, Outcome } from "./run";

const outside = self as unknown as { onmessage: (e: MessageEvent<Job>) => void; postMessage(m: Outcome | "begun"): void };

outside.onmessage = async ({ data: job }) => {
  outside.postMessage("begun");
  const said = new Bounded(job.mostSaid);
  const wrong = new Bounded(job.mostWrong);
  let code = -1;
  let failed = "";
  try {
    const input = new OpenFile(new File(new TextEncoder().encode(job.arguments)));
    const wasi = new WASI([job.name], [], [input, new ConsoleStdout((b) => said.add(b)), new ConsoleStdout((b) => wrong.add(b))], { debug: false });
    const memory = () => (wasi.inst.exports.memory as WebAssembly.Memory).buffer;
    Object.assign(wasi.wasiImport, job.clock ? {} : still(memory), job.random ? {} : alike(memory), noSockets);
    const instance = await WebAssembly.instantiate(job.module, { wasi_snapshot_preview1: wasi.wasiImport });
    code = wasi.start(instance as never);
  } catch (error) {
    failed = error instanceof Error ? error.message : String(error);
  }
  outside.postMessage({ said: said.text(), wrong: wrong.text(), code, failed });
};

// Without the capability the clock begins at a fixed time and goes on a millisecond each time it is asked, as in wazero.
function still(memory: () => ArrayBuffer): object {
  const step = 1_000_000n;
  let real = 1_640_995_200_000_000_000n;
  let running = 0n;
  return {
    clock_time_get: (id: number, _precision: bigint, at: number) => {
      const now = id === wasiTypes.CLOCKID_REALTIME ? (real += step) : (running += step);
      new DataView(memory()).setBigUint64(at, now, true);
      return wasiTypes.ERRNO_SUCCESS;
    },
  };
}

// Without the capability chance always falls alike (xorshift).
function alike(memory: () => ArrayBuffer): object {
  let state = 42;
  return {
    random_get: (at: number, length: number) => {
      const bytes = new Uint8Array(memory(), at, length);
      for (let i = 0; i < length; i++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        bytes[i] = state & 0xff;
      }
      return wasiTypes.ERRNO_SUCCESS;
    },
  };
}

const refuse = () => wasiTypes.ERRNO_NOTSUP;
const noSockets = { sock_accept: refuse, sock_recv: refuse, sock_send: refuse, sock_shutdown: refuse };

/** Bounded keeps the beginning of what is written; the rest is let go. */
class Bounded {
  private readonly parts: Uint8Array[] = [];
  private room: number;

  constructor(most: number) {
    this.room = most;
  }

  add(bytes: Uint8Array): void {
    const kept = bytes.slice(0, this.room);
    this.room -= kept.length;
    if (kept.length > 0) this.parts.push(kept);
  }

  text(): string {
    const decoder = new TextDecoder();
    return (this.parts.map((p) => decoder.decode(p, { stream: true })).join("") + decoder.decode()).trim();
  }
}
