// Measures the store through WebAssembly beside RxDB and Dexie in one page, on databases of their own.
import Dexie from "dexie";
import { makeIdbShim, type IdbShim } from "../../../../wasm/store/idb/shim";
import { Rx, type Document } from "./rxdb";

/** What the WebAssembly program offers; documents cross as text and are made into Go's outside the clock. */
interface Ours {
  documents: {
    open(name: string): Promise<void>;
    close(): Promise<void>;
    take(lines: string): void;
    insert(from: number, to: number, size: number): Promise<void>;
    find(from: number, to: number, size: number, decode: boolean): Promise<number>;
    query(decode: boolean): Promise<number>;
  };
  open(name: string): Promise<void>;
  close(): Promise<void>;
  take(name: string, lines: string): void;
  load(name: string): Promise<void>;
}
declare const Go: new () => { importObject: WebAssembly.Imports; run(instance: WebAssembly.Instance): Promise<void> };

const bulk = 3000, batch = 500, serial = 50, messages = 20_000;
const below = (n: number): number => Math.floor(Math.random() * n);
const word = (length: number): string => Array.from({ length }, () => String.fromCharCode(97 + below(26))).join("");
const lines = (all: object[]): string => all.map((one) => JSON.stringify(one)).join("\n");

function makeDocument(i: number): Document {
  return {
    id: word(12), var1: i < bulk ? String(i % 2) : word(12), var2: i < bulk ? i % 4 : 1000,
    deep: { deep1: word(10), deep2: word(10), deeper: { deepNr: below(10) } },
    list: Array.from({ length: 5 }, () => ({ deep1: word(4), deep2: word(7) })),
  };
}

/** indexed adds what the indexes of our store need. */
const indexed = (d: Document): object => {
  const number = String(d.var2).padStart(5, "0");
  return { ...d, number, inner: d.deep.deep1, order: number + d.var1 };
};

class Bench {
  private readonly rx = new Rx();
  private readonly records: object[];
  private documents: Document[] = [];
  private dexie?: Dexie;
  private round = 0;

  constructor(private readonly ours: Ours) {
    const text = Array.from({ length: 110 }, () => word(7)).join(" ");
    this.records = Array.from({ length: messages }, (_, i) => ({
      id: `0192f0a1-0000-7000-8000-${i.toString(16).padStart(12, "0")}`, conversation: `conversation ${Math.floor(i / 20)}`,
      role: i % 2 ? "assistant" : "user", text, created: "2026-01-01T00:00:00.000Z", state: "done",
    }));
    ours.take("bulk", lines(this.records));
  }

  /** begin has a round start without databases, and with new documents. */
  async begin(): Promise<void> {
    if (this.round++ > 0) {
      await this.rx.remove();
      await this.ours.documents.close();
      await this.ours.close();
      this.dexie!.close();
      for (const { name } of await indexedDB.databases()) await Dexie.delete(name!);
    }
    this.documents = Array.from({ length: bulk + serial }, (_, i) => makeDocument(i));
    this.ours.documents.take(lines(this.documents.map(indexed)));
    await this.ours.open("our messages");
    this.dexie = new Dexie("their messages", { chromeTransactionDurability: "strict" });
    this.dexie.version(1).stores({ messages: "id, conversation" });
    await this.dexie.open();
  }

  private async clock(work: () => Promise<unknown>): Promise<number> {
    const began = performance.now();
    await work();
    return performance.now() - began;
  }

  open(side: string): Promise<number> {
    return this.clock(() => (side === "ours" ? this.ours.documents.open("our documents") : this.rx.open("rivals", makeDocument(0))));
  }

  /** fresh opens a side anew: what it keeps in memory is gone. */
  async fresh(side: string): Promise<void> {
    await (side === "ours" ? this.ours.documents : this.rx).close();
    await this.open(side);
  }

  private write(side: string, from: number, to: number, size: number): Promise<number> {
    return this.clock(async () => {
      if (side === "ours") return this.ours.documents.insert(from, to, size);
      for (; from < to; from += size) await this.rx.insert(this.documents.slice(from, from + size));
    });
  }

  insert(side: string): Promise<number> { return this.write(side, 0, bulk, batch); }
  serial(side: string): Promise<number> { return this.write(side, bulk, bulk + serial, 1); }

  private read(side: string, from: number, to: number, size: number, decode: boolean): Promise<number> {
    return this.clock(async () => {
      if (side === "ours") return expect(await this.ours.documents.find(from, to, size, decode), to - from);
      for (; from < to; from += size) expect(await this.rx.find(this.documents.slice(from, from + size).map((d) => d.id)), size);
    });
  }

  find(side: string, decode: boolean): Promise<number> { return this.read(side, 0, bulk, bulk, decode); }
  findSerial(side: string): Promise<number> { return this.read(side, bulk, bulk + serial, 1, true); }

  query(side: string, decode: boolean): Promise<number> {
    return this.clock(async () => expect(await (side === "ours" ? this.ours.documents.query(decode) : this.rx.query()), bulk + serial));
  }

  load(side: string): Promise<number> {
    return this.clock(() => (side === "ours" ? this.ours.load("bulk") : this.dexie!.table("messages").bulkPut(this.records)));
  }
}

function expect(found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${found} documents, not ${wanted}`);
}

const page = globalThis as unknown as { idb: IdbShim; ready(ours: Ours): void; bench?: Bench };
page.idb = makeIdbShim();
page.ready = (ours) => void (page.bench = new Bench(ours));
const go = new Go();
void WebAssembly.instantiateStreaming(fetch("store.wasm"), go.importObject).then(({ instance }) => go.run(instance));
