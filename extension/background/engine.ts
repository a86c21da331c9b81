// The way from the program and the views to the models inside the browser. Their worker is started by the first that is
// asked of it, and ended when it has long had nothing to do: who does not use it does not pay for it.
import { Channel, type Ask, type FromWorker, type Told, type ToWorker } from "../engine/contract";

interface Asked {
  resolve: (response: Response) => void;
  /** Ends the request, or the body of its answer. */
  stop: AbortController;
}

/** Engine answers for the models inside the browser. onbusy hears whether a model file is on its way. */
export class Engine {
  private worker: Worker | undefined;
  private said = 0;
  private last = 0;
  private readonly asked = new Map<number, Asked>();

  constructor(private readonly onbusy: (on: boolean) => void) {}

  /** listen takes what views ask from now on. Where there are two pages, the one that waits for its turn must not. */
  listen(): void {
    new BroadcastChannel(Channel).onmessage = ({ data }: MessageEvent<Ask | Told>) => {
      if ("ask" in data) this.say(data);
    };
  }

  /** fetch asks as the browser's own does; of the address only the path counts. */
  fetch(url: string, init: { method: string; body?: Uint8Array; signal: AbortSignal }): Promise<Response> {
    if (init.signal.aborted) return Promise.reject(init.signal.reason as Error);
    const id = ++this.last;
    const stop = new AbortController();
    init.signal.addEventListener("abort", () => {
      stop.abort(init.signal.reason);
      if (this.asked.delete(id)) this.say({ abort: id });
    });
    return new Promise((resolve, reject) => {
      stop.signal.addEventListener("abort", () => reject(stop.signal.reason as Error));
      this.asked.set(id, { resolve, stop });
      this.say({ id, method: init.method, path: new URL(url).pathname, body: init.body ? new TextDecoder().decode(init.body) : "" });
    });
  }

  private say(something: ToWorker): void {
    this.worker ??= this.start();
    this.said++;
    this.worker.postMessage(something);
  }

  private start(): Worker {
    const worker = new Worker(chrome.runtime.getURL("engine/engine.js"), { type: "module", name: "kai-engine" });
    this.said = 0;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.hear(data);
    worker.onerror = (event) => this.end(new TypeError(`the engine could not run: ${event.message}`));
    return worker;
  }

  private hear(said: FromWorker): void {
    if ("busy" in said) return this.onbusy(said.busy);
    if ("idle" in said) {
      if (said.idle === this.said && this.asked.size === 0) this.end(new TypeError("the engine has ended"));
      return;
    }
    const { id, status, body } = said;
    const asked = this.asked.get(id);
    if (!asked) return void body.cancel(); // it was stopped
    const over = new TransformStream<Uint8Array, Uint8Array>({ flush: () => void this.asked.delete(id) });
    asked.resolve(new Response(body.pipeThrough(over, { signal: asked.stop.signal }), { status, headers: { "content-type": "application/json" } }));
  }

  private end(reason: Error): void {
    this.worker?.terminate();
    this.worker = undefined;
    this.onbusy(false);
    for (const { stop } of this.asked.values()) stop.abort(reason);
    this.asked.clear();
  }
}
