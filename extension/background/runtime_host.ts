// Loads the WebAssembly program into the page that hosts it, and joins views to it.
import type { KaiHost, KaiProgram, Surroundings, WakeAnswer } from "./contract";
import { Engine } from "./engine";
import { makeIdbShim } from "./idb";
import { followPrompts } from "./menu_copy";
import { NearPorts } from "./near";
import { runProgram } from "./program";
import { pump } from "./pump";
import { open, seal } from "./seal";
import { contextOf } from "./sender";

type BrowserTools = typeof import("../views/kit/tools/browser_tools");

const startPatience = 60_000; // a loaded machine compiles slowly; longer than this it hangs

/** RuntimeHost runs the program once. When the program ends, the page that made the host must be replaced. */
export class RuntimeHost {
  /** answer settles when the program serves, or will not. */
  readonly answer: Promise<WakeAnswer>;

  private settle: (answer: WakeAnswer) => void = () => undefined;
  private program: KaiProgram | undefined;
  private readonly ports = new Map<chrome.runtime.Port, MessagePort | undefined>();
  private readonly near = new NearPorts();
  private unfollow: () => void = () => undefined;
  private readonly engine = new Engine((on) => {
    this.isFetching = on;
    this.need();
  });
  private isBusy = false;
  private isFetching = false; // a model file is on its way
  private over = false;

  /**
   * onend is told once, with what to tell the person, when the program is over. onneed tells whether someone needs the
   * program now: a view is joined, an answer is being made, or a model file is on its way.
   */
  constructor(
    private readonly around: Surroundings,
    private readonly onend: (reason: string) => void,
    private readonly onneed: (needed: boolean) => void = () => undefined,
  ) {
    this.answer = new Promise((resolve) => (this.settle = resolve));
  }

  /** start loads the program and runs it. */
  async start(): Promise<void> {
    const timer = setTimeout(() => this.end("kAI did not get ready within a minute."), startPatience);
    void this.answer.then(() => clearTimeout(timer));
    try {
      (globalThis as { kaiHost?: KaiHost }).kaiHost = await this.host();
      this.end(await runProgram(chrome.runtime.getURL("kai.wasm")));
    } catch (error) {
      console.error("kAI:", error);
      this.end(`kAI could not be started: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** ended tells that the program is over: the answer that it serves holds no longer. */
  get ended(): boolean {
    return this.over;
  }

  /** accept joins a view's port to the program. A view that comes before the program serves is sent away to wake it. */
  accept(port: chrome.runtime.Port): void {
    const context = contextOf(port.sender);
    const near = this.near.take(port.name);
    if (!this.program || context === undefined) {
      near?.close();
      return port.disconnect();
    }
    const end = this.program.connect({ post: (text) => this.post(port, text), close: () => this.leave(port, true) }, context);
    this.ports.set(port, near);
    port.onMessage.addListener((text: unknown) => {
      if (typeof text === "string") end.frame(text);
    });
    port.onDisconnect.addListener(() => {
      void chrome.runtime.lastError; // read, so that the browser does not log it
      if (this.leave(port, false)) end.closed();
    });
    this.need();
  }

  private async host(): Promise<KaiHost> {
    const { version, config, private: isPrivate } = await this.around.facts();
    return {
      version,
      browser: this.around.browser,
      config,
      private: isPrivate,
      ready: (program) => this.ready(program, version),
      failed: (message) => this.end(message),
      busy: (on) => this.busy(on),
      idb: makeIdbShim(),
      pump,
      storage: this.around.storage,
      native: { open: this.around.native },
      originRule: (urls) => this.around.originRule(urls),
      engine: (url, init) => this.engine.fetch(url, init),
      snapshot: keepSnapshot,
      keys: { seal, open },
      tool: (name, source, given) => this.tool(name, source, given),
    };
  }

  // Most people never call one: what it takes is loaded then.
  private async tool(name: string, source: string, given: string): Promise<string> {
    const { callBrowserTool } = (await import(chrome.runtime.getURL("browser_tools.js"))) as BrowserTools;
    return callBrowserTool(name, source, given, () => this.around.readPage());
  }

  private ready(program: KaiProgram, version: string): void {
    if (this.over) return;
    this.program = program;
    this.engine.listen();
    this.unfollow = followPrompts(program, this.around.storage, version);
    this.settle({ ready: true });
  }

  private busy(on: boolean): void {
    this.isBusy = on;
    this.need();
  }

  private need(): void {
    this.onneed(!this.over && (this.isBusy || this.isFetching || this.ports.size > 0));
  }

  private post(port: chrome.runtime.Port, text: string): void {
    if (!this.ports.has(port)) return; // it left; the program hears of it in a moment
    (this.ports.get(port) ?? port).postMessage(text);
  }

  private leave(port: chrome.runtime.Port, disconnect: boolean): boolean {
    this.ports.get(port)?.close();
    const had = this.ports.delete(port);
    if (had && disconnect) port.disconnect();
    this.need();
    return had;
  }

  private end(reason: string): void {
    if (this.over) return;
    this.over = true;
    this.program = undefined;
    this.unfollow();
    this.settle({ error: reason });
    for (const port of [...this.ports.keys()]) this.leave(port, true);
    this.need();
    this.onend(reason);
  }
}

// What views paint before the program answers. Without room for it they only paint later.
function keepSnapshot(text: string): void {
  try {
    localStorage.setItem("kai-snapshot", text);
  } catch (error) {
    console.warn("kAI: the look before the program is not kept:", error);
  }
}
