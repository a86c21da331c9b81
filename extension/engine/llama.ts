// Runs one model at a time in llama.cpp, in a worker of its own.
import { Wllama, type ChatCompletionChunk, type ChatCompletionParams } from "@wllama/wllama";
import type { Model } from "./contract";

/** Refused is why the engine can't answer, in words for a person. */
export class Refused extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

const usualWindow = 4096; // tokens

interface Loaded {
  model: Model;
  window: number;
  wllama: Wllama;
  /** What the engine said, the newest last. */
  said: Said;
}

/** Llama is the engine: empty, or with a model in memory. */
export class Llama {
  private loaded: Loaded | undefined;

  /** holds tells which model is in memory, and with which context window. */
  get holds(): { model: Model; window: number } | undefined {
    return this.loaded;
  }

  /** load has a model in memory with a context window of at least so many tokens, if it was trained for it. */
  async load(model: Model, file: File, wanted: number): Promise<void> {
    const window = Math.min(wanted || usualWindow, model.window || usualWindow);
    if (this.loaded?.model.id === model.id && this.loaded.window >= window) return;
    await this.unload();
    needBrowser();
    const said = new Said(() => void wllama.exit());
    const wllama = new Wllama({ default: new URL("wllama.wasm", location.href).href }, { logger: said });
    wllama.setCompat(null); // it would be fetched from elsewhere
    try {
      // The graphics card stays out of it: its results were never checked here. Threads need pages that are isolated.
      await wllama.loadModel([file], { n_ctx: window, n_threads: 1, n_gpu_layers: 0, n_parallel: 1, jinja: true, warmup: false });
      if (!(wllama.getLoadedContextInfo() as { success?: boolean }).success) throw new Error("llama.cpp refuses it"); // the library does not look
    } catch (error) {
      await wllama.exit();
      throw notLoaded(model, error, said);
    }
    this.loaded = { model, window, wllama, said };
  }

  /** chat answers with the model in memory. */
  async chat(params: ChatCompletionParams, each: (chunk: ChatCompletionChunk) => void, signal: AbortSignal): Promise<void> {
    const { wllama, said } = this.loaded!;
    try {
      await wllama.createChatCompletion({ ...params, stream: true, onData: each, abortSignal: signal } as Parameters<typeof wllama.createChatCompletion>[0]);
    } catch (error) {
      if (signal.aborted) return;
      if (said.crash || (error as Error).name === "RuntimeError") await this.unload(); // it crashed, and what it holds with it
      throw new Refused(/context size/i.test(words(error)) ? 400 : 500, said.crash || words(error));
    }
  }

  /** unload frees the memory. */
  async unload(): Promise<void> {
    const { loaded } = this;
    this.loaded = undefined;
    await loaded?.wllama.exit();
  }
}

// Workers may only be made of the extension's own files: the library's, which it makes of a text, is one of them (e2e/tools/pack).
const BrowserWorker = globalThis.Worker;
globalThis.Worker = class extends BrowserWorker {
  constructor(_: string | URL, options?: WorkerOptions) {
    super(new URL("llama.js", location.href), options);
  }
};

function needBrowser(): void {
  try {
    new WebAssembly.Memory({ address: "i64", initial: 1n, maximum: 1n } as unknown as WebAssembly.MemoryDescriptor);
  } catch {
    throw new Refused(501, "this browser is too old to run models: it does not support WebAssembly with 64-bit memory (Chrome 133, Firefox 134)");
  }
}

const keptLines = 40;

// What llama.cpp says while it loads is the only place where it tells why it can't.
class Said {
  readonly lines: string[] = [];
  /** Why the engine's worker died, if it did. The library tells it like a word of the engine, and waits on for its answers. */
  crash = "";

  constructor(private readonly oncrash: () => void) {}

  readonly debug = (): void => undefined;
  readonly log = (...words: unknown[]): void => this.keep(words.join(" "));
  readonly warn = this.log;
  readonly error = (...words: unknown[]): void => {
    const [event] = words;
    if (!(event instanceof Event)) return this.keep(words.join(" "));
    this.crash = (event as ErrorEvent).message || "the engine ended unexpectedly";
    this.keep(this.crash);
    this.oncrash();
  };

  private keep(line: string): void {
    this.lines.push(line);
    if (this.lines.length > keptLines) this.lines.shift();
  }
}

function notLoaded(model: Model, error: unknown, said: Said): Refused {
  const all = [...said.lines, words(error)].join("\n");
  const foreign = /unknown model architecture: '([^']+)'/.exec(all)?.[1];
  if (foreign) return new Refused(400, `${model.name} is of an architecture that this version of kAI does not know: ${foreign}`);
  if (/memory|alloc|bad_alloc|out of bounds|RangeError/i.test(all)) {
    return new Refused(400, `${model.name} needs more memory than the browser gives: take a smaller model, or a smaller context window`);
  }
  return new Refused(400, `${model.name} could not be loaded: ${said.crash || words(error)}`);
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
