import { signal } from "@preact/signals";
import { asFault, type FaultError } from "../../../bridge/fault";
import type { Record as Kept } from "../../../gen/wire";
import type { App } from "../state/app";
import { read, remove, write } from "../state/remember";
import type { Incoming } from "./read/item";
import type { Tally } from "./tally";
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
  /** Kind, id and version of what it brought; of messages those alone that came into conversations that were here. */
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
    this.start({ files, bring: false }, (word) => {
      if (word.word !== "end") return;
      this.stop();
      this.stage.value = { at: "seen", files, tally: word.tally };
    });
  }

  /** bring keeps what files hold that is not here yet. */
  bring(files: File[]): void {
    const run = new Run(this.app);
    this.stage.value = { at: "bringing", bytes: 0, total: 0, conversations: 0 };
    const over = async (more: { tally?: Tally; fault?: FaultError; stopped?: boolean }) => {
      this.stop();
      this.keep(run, true);
      this.stage.value = { at: "done", added: run.added, there: run.there, ...more };
      await run.tell().catch(() => undefined);
    };
    let kept = 0;
    this.halt = () => void over({ stopped: true });
    this.start({ files, bring: true }, async (word) => {
      if (word.word === "end") return over({ tally: word.tally });
      if (word.word !== "batch") return;
      const worker = this.worker;
      try {
        await run.put(word.records);
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
    try {
      for (let i = 0; i < last.kept.length; i += undoAtOnce) {
        const part = last.kept.slice(i, i + undoAtOnce);
        const records = part.map(([kind, id, version]) => ({ kind, id, version, deleted: true }) as Kept);
        const next = i + undoAtOnce < last.kept.length ? "more" : undefined;
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

/** Run is one import that goes on. */
class Run {
  readonly added: Counts = {};
  /** How many records were here before. */
  there = 0;
  private readonly top: [string, string, string][] = [];
  private readonly loose = new Map<string, [string, string, string][]>(); // messages, by a conversation that did not come with them

  constructor(private readonly app: App) {}

  /** put keeps what is not here. */
  async put(records: Incoming[]): Promise<void> {
    const sent = records.map((r) => ({ ...r, version: "" }));
    const back = (await this.app.client.call("data.import", { records: sent, next: "more" })).records ?? [];
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

  /** tell has all views look anew. */
  async tell(): Promise<void> {
    await this.app.client.call("data.import", { records: [] });
  }

  kept(): [string, string, string][] {
    return [...this.top, ...[...this.loose.values()].flat()];
  }
}
