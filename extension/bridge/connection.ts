import {
  InitialCredit, MaxVersion, MethodCredit, MethodHello, MinVersion,
  type Envelope, type Fault, type Hello, type MethodName, type Methods,
} from "../gen/wire";
import { FaultError, asFault, fault, readFault } from "./fault";
import { Joiner, encode } from "./frames";

/** Transport is one message-oriented connection. The handlers are set before anything is posted. */
export interface Transport {
  /** Largest frame that it takes, in bytes; 0 means any. */
  readonly maxFrame: number;
  onframe: (frame: string) => void;
  onclose: (reason: string) => void;
  post(frame: string): void;
  close(): void;
}

/** CallOptions bound a call. */
export interface CallOptions {
  signal?: AbortSignal;
  /** What the request belongs to: see newTrace. */
  trace?: string;
}

interface Pending {
  resolve(body: unknown): void;
  reject(error: FaultError): void;
  each: ((chunk: unknown) => void) | undefined;
  taken: number;
}

/** Connection is one end of a protocol connection: it asks, and answers hello. A view answers nothing else. */
export class Connection {
  /** Settles with the partner's hello, or fails when the versions do not meet. */
  readonly ready: Promise<Hello>;
  /** Called once, when the connection is over. */
  onclose: (reason: FaultError) => void = () => undefined;

  private readonly pending = new Map<string, Pending>();
  private readonly joiner = new Joiner();
  private counter = 0;
  private over: FaultError | undefined;

  constructor(private readonly transport: Transport, private readonly hello: Hello) {
    transport.onframe = (frame) => this.receive(frame);
    transport.onclose = (reason) => this.end(fault("unavailable", reason));
    this.ready = this.request<Hello>(MethodHello, hello).then((partner) => this.meet(partner));
    this.ready.catch((error: unknown) => this.end(asFault(error)));
  }

  /** call sends a request and waits for its reply. */
  call<M extends MethodName>(method: M, body: Methods[M]["in"], options?: CallOptions): Promise<Methods[M]["out"]> {
    return this.request(method, body, undefined, options);
  }

  /** stream sends a request and hands each chunk to each, in order, until the reply. */
  stream<M extends MethodName>(
    method: M, body: Methods[M]["in"], each: (chunk: Methods[M]["chunk"]) => void, options?: CallOptions,
  ): Promise<Methods[M]["out"]> {
    return this.request(method, body, each as (chunk: unknown) => void, options);
  }

  /** close ends the connection; everything that waits fails. */
  close(): void {
    this.end(fault("canceled", "the connection was closed"));
  }

  private request<T>(
    method: string, body: unknown, each?: (chunk: unknown) => void, options?: CallOptions,
  ): Promise<T> {
    if (this.over) return Promise.reject(this.over);
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(fault("canceled", "stopped"));
    const id = `v${++this.counter}`;
    return new Promise<T>((resolve, reject) => {
      const abort = () => this.cancel(id);
      const settle = <A>(done: (value: A) => void) => (value: A) => {
        signal?.removeEventListener("abort", abort);
        done(value);
      };
      this.pending.set(id, { resolve: settle(resolve as (v: unknown) => void), reject: settle(reject), each, taken: 0 });
      signal?.addEventListener("abort", abort, { once: true });
      this.send({ v: MaxVersion, id, kind: "request", method, ...(options?.trace && { trace: options.trace }), body });
    });
  }

  // The caller is told at once; the partner is asked to stop and whatever it still says is ignored.
  private cancel(id: string): void {
    const waiting = this.pending.get(id);
    if (!waiting) return;
    this.pending.delete(id);
    this.send({ v: MaxVersion, id, kind: "cancel" });
    waiting.reject(fault("canceled", "stopped"));
  }

  private send(envelope: Envelope): void {
    if (this.over) return;
    try {
      for (const frame of encode(envelope, this.transport.maxFrame, () => `p${++this.counter}`)) this.transport.post(frame);
    } catch (error) {
      this.end(fault("unavailable", asFault(error).message));
    }
  }

  private receive(frame: string): void {
    if (this.over) return;
    try {
      const envelope = this.joiner.accept(frame);
      if (envelope) this.take(envelope);
    } catch (error) {
      this.end(asFault(error));
    }
  }

  private take(e: Envelope): void {
    if (e.kind === "request") return this.answer(e);
    const waiting = this.pending.get(e.id ?? "");
    if (!waiting) return;
    if (e.kind === "chunk") return this.chunk(e, waiting);
    if (e.kind !== "reply") return;
    this.pending.delete(e.id ?? "");
    if (e.fault) waiting.reject(readFault(e.fault));
    else waiting.resolve(e.body ?? {});
  }

  private chunk(e: Envelope, waiting: Pending): void {
    try {
      waiting.each?.(e.body);
    } catch (error) {
      this.cancel(e.id ?? "");
      waiting.reject(asFault(error));
      return;
    }
    if (++waiting.taken < InitialCredit / 2) return;
    this.send({ v: MaxVersion, id: e.id, kind: "event", method: MethodCredit, body: { n: waiting.taken } });
    waiting.taken = 0;
  }

  private answer(e: Envelope): void {
    const reply: Envelope = { v: MaxVersion, id: e.id, kind: "reply" };
    if (e.method === MethodHello) {
      this.send({ ...reply, body: this.hello });
      return;
    }
    const refusal: Fault = { code: "unsupported", message: "a view answers no requests" };
    this.send({ ...reply, fault: refusal });
  }

  private meet(partner: Hello): Hello {
    if (!(partner.min <= MaxVersion && partner.max >= MinVersion)) {
      throw fault(
        "unsupported",
        `this page speaks version ${MinVersion}-${MaxVersion} of kAI's protocol, the other side ${partner.min}-${partner.max}`,
        "reload the page; if that does not help, update kAI on both sides",
      );
    }
    return partner;
  }

  private end(reason: FaultError): void {
    if (this.over) return;
    this.over = reason;
    this.transport.close();
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const p of waiting) p.reject(reason);
    this.onclose(reason);
  }
}
