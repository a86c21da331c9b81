import { MaxVersion, MinVersion, type FaultCode, type Hello, type MethodName, type Methods, type News } from "../gen/wire";
import { Connection, type CallOptions, type Transport } from "./connection";
import { asFault, fault, type FaultError } from "./fault";
import { newTrace, noteCall } from "./trace";
import { sleep, type Wait } from "./wait";

/** LinkState is how the way to the assistant is: on the first try, there, lost and being tried again, or refused. */
export type LinkState = "connecting" | "ready" | "lost" | "failed";

/** Link is the way to the assistant at a moment. */
export interface Link {
  state: LinkState;
  reason?: FaultError;
}

/** ClientOptions set up a client. Everything of the platform comes in here, so that tests own it. */
export interface ClientOptions {
  context: string;
  version: string;
  connect(signal: AbortSignal): Promise<Transport>;
  /** Listens for news outside the connection; absent: news is asked for with state.watch. */
  listen?: (take: (news: News) => void) => () => void;
  wait?: Wait;
}

const pauses = [100, 250, 500, 1000, 2000, 4000];

/** Client keeps a connection to the assistant, and calls through whichever one there is. */
export class Client {
  link: Link = { state: "connecting" };
  partner: Hello | undefined;
  onlink: (link: Link) => void = () => undefined;
  onnews: (news: News) => void = () => undefined;

  private connection: Connection | undefined;
  private waiting: { resolve(c: Connection): void; reject(e: FaultError): void }[] = [];
  private readonly stop = new AbortController();
  private nudge: () => void = () => undefined;
  private moving = false;
  private readonly instance = crypto.randomUUID();

  constructor(private readonly options: ClientOptions) {}

  /** start keeps connected until close. */
  start(): void {
    const unlisten = this.options.listen?.((news) => this.onnews(news));
    this.stop.signal.addEventListener("abort", () => unlisten?.());
    void this.keep();
  }

  /** close ends the client. */
  close(): void {
    this.stop.abort();
    this.connection?.close();
  }

  /** retry tries again now instead of when the pause is over. */
  retry(): void {
    this.nudge();
  }

  /** move connects anew, because there is a better way to the assistant now. Whatever is asked meanwhile waits. */
  move(): void {
    const old = this.connection;
    this.moving = old !== undefined;
    this.connection = undefined; // nothing more is asked of it
    old?.close();
  }

  /** call waits for a connection, asks, and fails when the connection ends before the reply. */
  async call<M extends MethodName>(
    method: M, body: Methods[M]["in"], options?: CallOptions,
  ): Promise<Methods[M]["out"]> {
    const connection = await this.connected(options?.signal);
    const trace = newTrace(this.options.context, method);
    const from = performance.now();
    try {
      const out = await connection.call(method, body, { ...options, trace });
      noteCall(trace, from);
      return out;
    } catch (error) {
      noteCall(trace, from, asFault(error).code);
      throw error;
    }
  }

  /** stream is call with chunks before the reply. */
  async stream<M extends MethodName>(
    method: M, body: Methods[M]["in"], each: (chunk: Methods[M]["chunk"]) => void, options?: CallOptions,
  ): Promise<Methods[M]["out"]> {
    return (await this.connected(options?.signal)).stream(method, body, each, options);
  }

  private connected(signal?: AbortSignal): Promise<Connection> {
    if (this.connection) return Promise.resolve(this.connection);
    return new Promise((resolve, reject) => {
      const entry = { resolve, reject };
      this.waiting.push(entry);
      signal?.addEventListener("abort", () => {
        this.waiting = this.waiting.filter((w) => w !== entry);
        reject(fault("canceled", "stopped"));
      }, { once: true });
    });
  }

  private async keep(): Promise<void> {
    for (let tries = 0; !this.stop.signal.aborted; ) {
      const from = Date.now();
      const reason = await this.once();
      if (this.stop.signal.aborted) return;
      if (this.moving) {
        this.moving = false;
        continue;
      }
      tries = Date.now() - from > 10_000 ? 0 : tries + 1;
      this.say({ state: refused(reason) ? "failed" : "lost", reason });
      await this.pause(pauses[Math.min(tries, pauses.length) - 1] ?? 0);
    }
  }

  /** once connects and stays until the connection is over; it returns why. */
  private async once(): Promise<FaultError> {
    try {
      const transport = await this.options.connect(this.stop.signal);
      const connection = new Connection(transport, this.hello());
      const over = new Promise<FaultError>((resolve) => (connection.onclose = resolve));
      this.partner = await connection.ready;
      this.opened(connection);
      return await over;
    } catch (error) {
      return asFault(error);
    } finally {
      this.connection = undefined;
    }
  }

  private opened(connection: Connection): void {
    this.connection = connection;
    this.say({ state: "ready" });
    for (const w of this.waiting.splice(0)) w.resolve(connection);
    if (this.options.listen) return;
    const ended = () => undefined; // the connection's own end tells
    connection.stream("state.watch", { context: this.options.context }, (n) => this.onnews(n)).catch(ended);
  }

  private say(link: Link): void {
    this.link = link;
    if (link.state === "failed" && link.reason) {
      for (const w of this.waiting.splice(0)) w.reject(link.reason);
    }
    this.onlink(link);
  }

  private hello(): Hello {
    return {
      min: MinVersion, max: MaxVersion, app: "kai-view", version: this.options.version,
      instance: this.instance, capabilities: [this.options.context],
    };
  }

  private async pause(ms: number): Promise<void> {
    const wait = this.options.wait ?? sleep;
    const cut = new AbortController();
    this.nudge = () => cut.abort();
    await wait(ms, AbortSignal.any([cut.signal, this.stop.signal]));
    this.nudge = () => undefined;
  }
}

const lasting: FaultCode[] = ["internal", "unsupported", "unauthorized", "locked"];

// What trying again in a moment does not mend: the program can't start, the versions don't meet, nobody is signed in.
function refused(reason: FaultError): boolean {
  return lasting.includes(reason.code);
}
