// Measures the store through WebAssembly and the one written by hand in one page: the same messages, the same questions,
// the same promise to be on disk, on databases of their own.
import { makeIdbShim, type IdbShim } from "../../../../wasm/store/idb/shim";
import { Plain, type Message } from "./plain";

/** Ours is what the WebAssembly program offers. Everything crosses as text and is made into records outside the clock. */
interface Ours {
  open(name: string): Promise<void>;
  close(): Promise<void>;
  /** take keeps messages, one JSON text a line, under a name. */
  take(name: string, lines: string): void;
  put(name: string): Promise<void>; // each message in a transaction of its own
  load(name: string): Promise<void>;
  ask(ids: string): void; // keeps lists of ids for get
  get(decode: boolean): Promise<number>;
  list(conversation: string, limit: number, times: number, decode: boolean): Promise<number>;
}
declare const Go: new () => { importObject: WebAssembly.Imports; run(instance: WebAssembly.Instance): Promise<void> };

const total = 5000;
const talk = 20; // messages of an ordinary conversation
const long = 200; // and of the long one

// The words and the generator of the measurements that the limits come from.
const words = ["memory", "engine", "window", "answer", "little", "garden", "yellow", "reason",
  "simple", "future", "travel", "bridge", "planet", "winter", "silver", "market"];

class Source {
  private seed = 42;
  private count = 0;

  private next(): number {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
    return this.seed;
  }

  pick(below: number): number {
    return Math.floor((this.next() / 2 ** 32) * below);
  }

  message(conversation: string): Message {
    let text = "";
    while (text.length < 880) text += words[this.pick(words.length)] + " ";
    const n = (++this.count).toString(16).padStart(12, "0");
    return {
      id: `0192f0a1-${n.slice(0, 4)}-7000-8000-${n}`, conversation, role: this.count % 2 ? "user" : "assistant", text,
      created: "2026-01-01T00:00:00.000Z", state: "done", service: "ollama", model: "gemma3:270m",
    };
  }
}

class Bench {
  private readonly source = new Source();
  private readonly bulk: Message[] = [];
  private plain!: Plain;
  private round = 0;
  private asked: string[][] = []; // what get reads
  private written: Message[] = []; // what single writes

  constructor(private readonly ours: Ours) {
    for (let i = 0; i < total - long; i++) this.bulk.push(this.source.message(`conversation ${Math.floor(i / talk)}`));
    for (let i = 0; i < long; i++) this.bulk.push(this.source.message("the long one"));
    this.take("bulk", this.bulk);
  }

  private take(name: string, messages: Message[]): void {
    this.ours.take(name, messages.map((m) => JSON.stringify(m)).join("\n"));
  }

  /** begin opens fresh databases for a round. */
  async begin(): Promise<void> {
    if (this.round > 0) {
      this.plain.close();
      await this.ours.close();
      for (const side of ["ours", "plain"]) await erased(`${side} ${this.round}`);
    }
    this.round++;
    this.plain = await Plain.open(`plain ${this.round}`);
    await this.ours.open(`ours ${this.round}`);
  }

  private async clock(work: () => Promise<unknown>): Promise<number> {
    const began = performance.now();
    await work();
    return performance.now() - began;
  }

  load(side: string): Promise<number> {
    return this.clock(() => (side === "ours" ? this.ours.load("bulk") : this.plain.put(this.bulk)));
  }

  /** ask picks what get reads: 100 messages each time, the same on both sides. */
  ask(side: string, times: number): void {
    this.asked = Array.from({ length: times }, () => Array.from({ length: 100 }, () => this.bulk[this.source.pick(total)]!.id));
    if (side === "ours") this.ours.ask(JSON.stringify(this.asked));
  }

  get(side: string, decode: boolean): Promise<number> {
    return this.clock(async () => {
      if (side === "ours") return expect(await this.ours.get(decode), this.asked.length * 100);
      for (const ids of this.asked) expect((await this.plain.get(ids)).filter(Boolean).length, 100);
    });
  }

  list(side: string, conversation: string, limit: number, times: number, decode: boolean): Promise<number> {
    return this.clock(async () => {
      if (side === "ours") return expect(await this.ours.list(conversation, limit, times, decode), times * limit);
      for (let i = 0; i < times; i++) expect((await this.plain.list(conversation, limit)).length, limit);
    });
  }

  /** write makes the messages that single writes. */
  write(side: string, conversation: string, times: number): void {
    this.written = Array.from({ length: times }, () => this.source.message(conversation));
    if (side === "ours") this.take("single", this.written);
  }

  /** single writes messages one by one, each on disk before the next. */
  single(side: string): Promise<number> {
    return this.clock(async () => {
      if (side === "ours") return this.ours.put("single");
      for (const m of this.written) await this.plain.put([m]);
    });
  }
}

function expect(found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${found} messages, not ${wanted}`);
}

function erased(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}

const page = globalThis as unknown as { idb: IdbShim; ready(ours: Ours): void; bench?: Bench; ours?: Ours };
page.idb = makeIdbShim();
page.ready = (ours) => {
  page.ours = ours;
  page.bench = new Bench(ours);
};
const go = new Go();
void WebAssembly.instantiateStreaming(fetch("store.wasm"), go.importObject).then(({ instance }) => go.run(instance));
