import { t } from "../../../../strings";
import { checkArguments, Wrong, type Manifest } from "./manifest";
import { prepare } from "./module";

const mostSaid = (16 << 10) + 1; // tool.MaxResult, and one more so that a cut is seen
const mostWrong = 2000;
const mostWords = 500;
const toLoad = 10_000; // milliseconds that a worker may take to begin

/** Job is one call, as its worker gets it. */
export interface Job {
  module: WebAssembly.Module;
  name: string;
  arguments: string;
  clock: boolean;
  random: boolean;
  mostSaid: number;
  mostWrong: number;
}

/** Outcome is how a call ended: what stands on its two outputs, the code that it ended with, and why it broke off if it did. */
export interface Outcome {
  said: string;
  wrong: string;
  code: number;
  failed: string;
}

/** callGuest runs a guest on arguments, a JSON object, and gives what it says. Calls share nothing. */
export async function callGuest(m: Manifest, module: Uint8Array<ArrayBuffer>, given: string): Promise<string> {
  checkArguments(m, given);
  const compiled = await prepare(module, m.memory_mb);
  const may = (c: "clock" | "random") => m.capabilities.includes(c);
  const job = { module: compiled, name: m.name, arguments: given, clock: may("clock"), random: may("random"), mostSaid, mostWrong };
  const ended = await within(job, m.seconds * 1000);
  if (!ended) throw new Wrong(t.guests.slow(m.name, m.seconds));
  if (ended.code === 0) return ended.said;
  if (ended.wrong.includes("out of memory")) throw new Wrong(t.guests.full(m.name, m.memory_mb));
  throw new Wrong(short(ended.wrong) || t.guests.failed(m.name, short(ended.failed) || `exit ${ended.code}`));
}

// A worker that takes too long is ended in the middle of whatever it does. Its time begins when it has been loaded.
function within(job: Job, ms: number): Promise<Outcome | undefined> {
  const worker = new Worker("guest_worker.js", { type: "module" });
  return new Promise<Outcome | undefined>((resolve, reject) => {
    let timer = setTimeout(() => resolve(undefined), ms + toLoad);
    const settle = (done: () => void) => {
      clearTimeout(timer);
      done();
    };
    worker.onmessage = ({ data }: MessageEvent<Outcome | "begun">) => {
      if (data !== "begun") return settle(() => resolve(data));
      clearTimeout(timer);
      timer = setTimeout(() => resolve(undefined), ms);
    };
    worker.onerror = (e) => settle(() => reject(new Wrong(t.guests.failed(job.name, e.message || "worker"))));
    worker.postMessage(job);
  }).finally(() => worker.terminate());
}

function short(text: string): string {
  return text.split(/\s+/).join(" ").trim().slice(0, mostWords);
}
