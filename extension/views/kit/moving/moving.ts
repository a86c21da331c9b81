import { signal } from "@preact/signals";
import { asFault, type FaultError } from "../../../bridge/fault";
import type { Record as Kept } from "../../../gen/wire";
import type { App } from "../state/app";
import { read, remove, write } from "../state/remember";
import { isOne, Ones, sendAway, takeBack } from "./ones";
import type { Incoming, One } from "./read/item";
import type { Why } from "./read/why";
import { leave, type Tally } from "./tally";
import type { Order, Word } from "./words";

/** Stage is how far moving in is. */
export type Stage =
  | { at: "none" }
  | { at: "looking" | "bringing"; bytes: number; total: number; conversations: number }
  | { at: "seen"; files: File[]; tally: Tally }
  /** What came; with a fault or stopped, what came until then, which stays. */
  | { at: "done"; tally?: Tally; added: Counts; there: number; fault?: FaultError; stopped?: boolean };

/** Counts are how many records of each kind there are. */
export type Counts = { [kind: string]: number };

/** Last is the last import, as long as it can be taken back. */
export interface Last {
  at: string;
  conversations: number;
  /** Kind, id and version of what it brought, or by what else it is seen whether that was changed; of messages those alone that came into conversations that were here. */
  kept: [string, string, string][];
}

const lastKey = "kai-import";
const maxLast = 3 << 20; // characters; browsers keep five million for all
const keepEvery = 2000; // milliseconds
const undoAtOnce = 1000;

/** Moving brings what files of other programs hold. The reading is done by a worker. */
export class Moving {
  readonly stage = signal<Stage>({ at: "none" });
  readonly last = signal<Last | undefined>(read<Last>(lastKey));
  /** Whether the last import is being taken back. */
  readonly undoing = signal(false);
  private worker: Worker | undefined;

  constructor(private readonly app: App) {}

  /** look counts what files hold. Nothing is kept. */
  look(files: File[]): void {
    if (files.length === 0 || this.worker) return;
    this.stage.value = { at: "looking", bytes: 0, total: 0, conversations: 0 };
    this.start({ files, bring: false }, async (word) => {
      if (word.word !== "end") return;
      this.stop();
      await sendAway(this.app, word.tally);
      if (this.stage.peek().at === "looking") this.stage.value = { at: "seen", files, tally: word.tally };
    });
  }

  /** bring keeps what files hold that is not here yet. */
  bring(files: File[]): void {
    const run = new Run(this.app);
    this.stage.value = { at: "bringing", bytes: 0, total: 0, conversations: 0 };
    const over = async (more: { tally?: Tally; fault?: FaultError; stopped?: boolean }) => {
      this.stop();
      this.keep(run, true);
      if (more.tally) for (const [what, where] of run.left) leave(more.tally, what, where);
      this.stage.value = { at: "done", added: run.added, there: run.there, ...more };
      await run.tell().catch(() => undefined);
    };
    let kept = 0;
    this.halt = () => void over({ stopped: true });
    this.start({ files, bring: true }, async (word) => {
      if (word.word === "end") return over({ tally: word.tally });
      if (word.word === "progress") return;
      const worker = this.worker;
      try {
        await (word.word === "batch" ? run.put(word.records) : run.putOne(word.item));
      } catch (error) {
        if (this.worker === worker) await over({ fault: asFault(error) });
        return;
      }
      if (this.worker !== worker) return this.keep(run, true); // stopped meanwhile
      if (Date.now() - kept > keepEvery) {
        this.keep(run, false);
        kept = Date.now();
      }
      worker?.postMessage("next" satisfies Order);
    });
  }

  private halt = (): void => undefined;

  /** cancel ends what goes on. What was brought until then stays, and can be taken back. */
  cancel(): void {
    const { at } = this.stage.peek();
    if (at === "bringing") return this.halt();
    this.close();
  }

  /** close begins anew. */
  close(): void {
    this.stop();
    this.stage.value = { at: "none" };
  }

  /** undo takes back what the last import brought and nobody changed since. It tells how much of it that was. */
  async undo(): Promise<{ gone: number; stayed: number } | undefined> {
    const last = this.last.peek();
    if (!last || this.undoing.peek()) return undefined;
    this.undoing.value = true;
    let gone = 0;
    const kept = last.kept.filter(([kind]) => !isOne(kind));
    try {
      for (const [kind, id, mark] of last.kept) if (isOne(kind) && (await takeBack(this.app, kind, id, mark))) gone++;
      for (let i = 0; i < kept.length; i += undoAtOnce) {
        const part = kept.slice(i, i + undoAtOnce);
        const records = part.map(([kind, id, version]) => ({ kind, id, version, deleted: true }) as Kept);
        const next = i + undoAtOnce < kept.length ? "more" : undefined;
        gone += ((await this.app.client.call("data.import", { records, next })).records ?? []).length;
      }
      this.forget();
      this.close();
      return { gone, stayed: last.kept.length - gone };
    } catch (error) {
      this.app.complain(asFault(error));
      return undefined;
    } finally {
      this.undoing.value = false;
    }
  }

  /** forget lets the last import be as it is. */
  forget(): void {
    this.last.value = undefined;
    remove(lastKey);
  }

  private keep(run: Run, over: boolean): void {
    const kept = run.kept();
    if (kept.length === 0) return;
    const last: Last = { at: new Date().toISOString(), conversations: run.added.conversation ?? 0, kept };
    if (over) this.last.value = last;
    if (JSON.stringify(last).length < maxLast) write(lastKey, last);
    else remove(lastKey); // then it is remembered until this view is closed
  }

  private start(order: Order, hear: (word: Word) => unknown): void {
    const worker = new Worker(new URL("import_worker.js", import.meta.url), { type: "module" });
    this.worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Word>) => {
      if (this.worker !== worker) return;
      const stage = this.stage.peek();
      if (data.word === "progress" && (stage.at === "looking" || stage.at === "bringing")) {
        this.stage.value = { at: stage.at, bytes: data.bytes, total: data.total, conversations: data.conversations };
      }
      void hear(data);
    };
    worker.onerror = () => {
      if (this.worker !== worker) return;
      this.stop();
      this.app.complain(asFault(new Error("the reader of files could not be loaded")));
      this.stage.value = { at: "none" };
    };
    worker.postMessage(order);
  }

  private stop(): void {
    this.worker?.terminate();
    this.worker = undefined;
  }
}

function nameOf(item: One): string {
  if (item.type === "service") return `${item.name}, ${item.url}`;
  return item.type === "document" ? item.source : item.where;
}

/** Run is one import that goes on. */
class Run {
  /** What could not come for reasons that are found only now: what it is, and where it was. */
  readonly left: [Why, string][] = [];
  private readonly ones: Ones;
  readonly added: Counts = {};
  /** How many records were here before. */
  there = 0;
  private readonly top: [string, string, string][] = [];
  private readonly loose = new Map<string, [string, string, string][]>(); // messages, by a conversation that did not come with them

  constructor(private readonly app: App) {
    this.ones = new Ones(app);
  }

  /** put keeps what is not here. What the store refuses is found and left out. */
  async put(all: Incoming[]): Promise<void> {
    const records = [...new Map(all.map((r) => [`${r.kind} ${r.id}`, r])).values()]; // the same file chosen twice has all twice
    this.there += all.length - records.length;
    try {
      const sent = records.map((r) => ({ ...r, version: "" }));
      this.note(records, (await this.app.client.call("data.import", { records: sent, next: "more" })).records ?? []);
    } catch (error) {
      if (asFault(error).code !== "invalid") throw error;
      const half = records.length >> 1;
      if (half === 0) return void this.left.push(["broken", records[0]?.id ?? ""]);
      await this.put(records.slice(0, half));
      await this.put(records.slice(half));
    }
  }

  private note(records: Incoming[], back: Kept[]): void {
    this.there += records.length - back.length;
    const bodies = new Map(records.map((r) => [r.id, r.body as { conversation?: string }]));
    for (const { kind, id, version } of back) {
      this.added[kind] = (this.added[kind] ?? 0) + 1;
      if (kind === "message") {
        const conversation = bodies.get(id)?.conversation ?? "";
        this.loose.set(conversation, [...(this.loose.get(conversation) ?? []), [kind, id, version]]);
        continue;
      }
      this.top.push([kind, id, version]);
      if (kind === "conversation") this.loose.delete(id); // they go where it goes
    }
  }

  /** putOne keeps what is no record. Where nothing keeps it, it is left out. */
  async putOne(item: One): Promise<void> {
    const out = await this.ones.keep(item);
    if (out === "there") this.there++;
    else if (typeof out === "string") this.left.push([out, nameOf(item)]);
    else {
      this.added[item.type] = (this.added[item.type] ?? 0) + 1;
      if (out.kept !== "unnamed") this.top.push([item.type, ...out.kept]);
    }
  }

  /** tell has all views look anew. */
  async tell(): Promise<void> {
    await this.app.client.call("data.import", { records: [] });
  }

  kept(): [string, string, string][] {
    return [...this.top, ...[...this.loose.values()].flat()];
  }
}
