import { batch, computed, signal } from "@preact/signals";
import type { Client } from "../../../bridge/client";
import { asFault, type FaultError } from "../../../bridge/fault";
import { followRun } from "../../../bridge/follow";
import type { Attachment, Change, Conversation, Message, Sent } from "../../../gen/wire";
import { Entry } from "./entry";
import { Overtaken } from "./overtaken";
import { parentOf, turns, type Turn } from "./path";

const pageSize = 40;
const largePage = 200; // where all is wanted

/** ThreadState is whether a thread's messages are there. */
export type ThreadState = "loading" | "ready" | "failed";

/** Thread is the open conversation; an empty id means one that begins with the next message. */
export class Thread {
  readonly id = signal("");
  /** All messages that are known, of every branch. */
  readonly entries = signal<Entry[]>([]);
  /** The open conversation, once it was read. */
  readonly conversation = signal<Conversation | undefined>(undefined);
  /** The message that the person chose among those beside it; empty for the newest. */
  readonly branch = signal("");
  /** What is on the screen: the way through the conversation. */
  readonly turns = computed(() => (this.way = turns(this.entries.value, this.branch.value, this.way)));
  readonly state = signal<ThreadState>("ready");
  readonly fault = signal<FaultError | undefined>(undefined);
  readonly older = signal("");
  /** Whether earlier messages are on their way. */
  readonly reading = signal(false);
  /** Whether all that is older, or much of it, is being read. */
  readonly gathering = signal(false);
  /** Why earlier messages did not come, until they are asked for again. */
  readonly missing = signal<FaultError | undefined>(undefined);
  /** The answer that is being made here, if any. */
  readonly live = computed(() => this.entries.value.find((e) => e.running));
  /** Hears how an answer ended, for those who listen instead of look. */
  onended: (message: Message) => void = () => undefined;

  /** The id that this thread got by its first message, as opposed to by being opened. */
  adopted = "";

  private way: Turn[] = [];
  private generation = 0; // of what is read of the end
  private opened = 0;
  private gatherer: object | undefined; // the call of loadAll that goes on
  private earlier: Promise<boolean> | undefined;
  private readonly overtaken = new Overtaken<Change>();

  constructor(private readonly client: Pick<Client, "call" | "stream">) {}

  /** open shows a conversation. */
  async open(id: string): Promise<void> {
    this.clear(id);
    if (id) await this.load();
  }

  /** load reads the newest page, keeping what is on the screen until it came. */
  async load(): Promise<void> {
    const generation = ++this.generation;
    if (this.entries.peek().length === 0) this.state.value = "loading";
    try {
      const asked = this.client.call("message.list", { conversation: this.id.peek(), limit: pageSize });
      const [page, meanwhile] = await this.overtaken.read(asked);
      if (generation !== this.generation) return;
      this.know(page.conversation);
      this.show(page.messages ?? [], page.next ?? "", meanwhile);
    } catch (error) {
      if (generation === this.generation) this.fail(asFault(error));
    }
  }

  /** loadOlder adds the page before the oldest one that is there, and tells whether it did. Calls meanwhile share one. */
  loadOlder(limit = pageSize): Promise<boolean> {
    return (this.earlier ??= this.readOlder(limit));
  }

  private async readOlder(limit: number): Promise<boolean> {
    const before = this.older.peek();
    if (!before) return false;
    batch(() => {
      this.older.value = "";
      this.missing.value = undefined;
      this.reading.value = true;
    });
    const { opened } = this;
    const there = () => opened === this.opened; // else another conversation is open, or this one anew
    try {
      const asked = this.client.call("message.list", { conversation: this.id.peek(), before, limit });
      const [page, meanwhile] = await this.overtaken.read(asked);
      if (there()) this.showOlder(page.messages ?? [], page.next ?? "", meanwhile);
      return there();
    } catch (error) {
      if (there()) batch(() => {
        this.older.value ||= before;
        this.missing.value = asFault(error);
      });
      throw error;
    } finally {
      if (there()) this.reading.value = false;
      if (there()) this.earlier = undefined;
    }
  }

  private showOlder(messages: Message[], next: string, meanwhile: Change[]): void {
    const known = new Set(this.entries.peek().map((e) => e.id));
    batch(() => {
      this.older.value = next;
      const added = messages.filter((m) => !known.has(m.id)).map((m) => new Entry(m));
      this.entries.value = [...added, ...this.entries.peek()];
      this.applyAgain(meanwhile);
    });
  }

  /** loadAll reads all that is older, or as much as is enough, and tells whether it is there. The newest call counts. */
  async loadAll(enough: () => boolean = () => false): Promise<boolean> {
    const mine = (this.gatherer = {});
    const goesOn = () => this.gatherer === mine;
    this.gathering.value = true;
    try {
      while (goesOn() && !enough() && (this.older.peek() || this.earlier)) await this.loadOlder(largePage);
      return goesOn();
    } finally {
      if (goesOn()) this.gathering.value = false;
    }
  }

  /** stopLoading lets loadAll end where it is. */
  stopLoading(): void {
    this.gatherer = undefined;
    this.gathering.value = false;
  }

  /** know takes the conversation as it is kept, if it is the open one. */
  know(conversation: Conversation): void {
    if (conversation.id !== this.id.peek()) return;
    this.conversation.value = conversation;
    this.branch.value = conversation.branch ?? "";
  }

  /** pend shows a message that is on its way: at the end, or beside the one that it is another wording of. */
  pend(text: string, attachments: Attachment[], edited?: Entry): Entry {
    const parent = edited ? parentOf(this.entries.peek(), edited) : this.turns.peek().at(-1)?.entry.id;
    const entry = new Entry({
      id: `pending-${crypto.randomUUID()}`, conversation: this.id.peek(), parent, role: "user", text, attachments,
      created: new Date().toISOString(),
    }, true);
    batch(() => {
      this.entries.value = [...this.entries.peek(), entry];
      if (edited) this.branch.value = entry.id;
    });
    return entry;
  }

  /** unpend takes a message away that did not get through; an edited one is back then. */
  unpend(entry: Entry, edited?: Entry): void {
    batch(() => {
      this.entries.value = this.entries.peek().filter((e) => e !== entry);
      if (edited && this.branch.peek() === entry.id) this.branch.value = edited.id;
    });
  }

  /** sent puts what sending made in the place of the pending message. */
  sent(entry: Entry, sent: Sent): void {
    batch(() => {
      if (!this.id.peek()) this.adopt(sent.conversation.id);
      this.unpend(entry);
      if (this.id.peek() !== sent.conversation.id) return;
      this.know(sent.conversation);
      this.put(sent.message);
      this.put(sent.answer);
    });
  }

  /** retried shows the new answer, in the place of the old one or beside it. */
  retried(sent: Sent): void {
    batch(() => {
      if (this.id.peek() !== sent.conversation.id) return;
      this.know(sent.conversation);
      this.put(sent.answer);
    });
  }

  /** apply takes a change from the news; true when its body did not come along and has to be fetched. */
  apply(change: Change): boolean {
    this.overtaken.heard(change);
    return this.take(change);
  }

  private take(change: Change): boolean {
    const known = this.find(change.id);
    if (change.deleted) {
      if (known) this.drop(change.id);
      return false;
    }
    const message = change.body as Message | undefined;
    if (!message) return known !== undefined && !known.unfollow;
    if (message.conversation === this.id.peek() && this.id.peek() !== "") this.put(message);
    return false;
  }

  /** clear lets go of everything and shows an empty thread. */
  clear(id: string): void {
    this.generation++;
    this.opened++;
    this.earlier = undefined;
    this.stopLoading();
    batch(() => {
      for (const entry of this.entries.peek()) entry.unfollow?.();
      this.id.value = id;
      this.entries.value = [];
      this.branch.value = "";
      this.conversation.value = undefined;
      this.older.value = "";
      this.reading.value = false;
      this.missing.value = undefined;
      this.fault.value = undefined;
      this.state.value = id ? "loading" : "ready";
    });
  }

  /** applyAgain takes the last change of each message that a reply may be older than. */
  private applyAgain(changes: Change[]): void {
    const last = new Map(changes.map((c) => [c.id, c]));
    for (const change of last.values()) if (this.take(change)) void this.load();
  }

  private show(messages: Message[], next: string, meanwhile: Change[]): void {
    batch(() => {
      const fresh = new Set([...messages, ...meanwhile].map((m) => m.id));
      const oldest = messages[0]?.id ?? "";
      const kept = this.entries.peek().filter((e) => e.pending || e.id < oldest || fresh.has(e.id));
      for (const gone of this.entries.peek()) if (!kept.includes(gone)) gone.unfollow?.();
      this.entries.value = kept;
      for (const m of messages) this.put(m);
      if (kept.every((e) => e.pending || fresh.has(e.id))) this.older.value = next;
      this.state.value = "ready";
      this.fault.value = undefined;
      this.missing.value = undefined;
      this.applyAgain(meanwhile);
    });
  }

  private adopt(id: string): void {
    this.adopted = id;
    this.id.value = id;
  }

  private fail(reason: FaultError): void {
    if (this.entries.peek().length > 0) return;
    this.fault.value = reason;
    this.state.value = "failed";
  }

  private find(id: string): Entry | undefined {
    return this.entries.peek().find((e) => e.id === id);
  }

  private drop(id: string): void {
    this.find(id)?.unfollow?.();
    this.entries.value = this.entries.peek().filter((e) => e.id !== id);
  }

  private put(message: Message): void {
    const known = this.find(message.id);
    if (known) this.renew(known, message);
    else this.insert(message);
  }

  private renew(entry: Entry, message: Message): void {
    const wasRunning = entry.running;
    if (entry.message.peek().run !== message.run) this.release(entry);
    entry.replace(message);
    if (entry.running && !entry.unfollow) this.follow(entry);
    if (!entry.running) this.release(entry);
    if (wasRunning && !entry.running) this.onended(entry.message.peek());
    if (wasRunning !== entry.running) this.entries.value = [...this.entries.peek()];
  }

  private insert(message: Message): void {
    const entry = new Entry(message);
    const rest = this.entries.peek().filter((e) => !(e.pending && message.role === "user" && e.current() === message.text));
    let at = rest.length;
    while (at > 0 && (rest[at - 1]!.pending || rest[at - 1]!.id > message.id)) at--; // ids are in order, times may be equal
    this.entries.value = [...rest.slice(0, at), entry, ...rest.slice(at)];
    if (entry.running) this.follow(entry);
  }

  private follow(entry: Entry): void {
    const run = entry.message.peek().run;
    if (!run) return;
    entry.unfollow = followRun(this.client, run, entry.delta, {
      delta: (d) => batch(() => {
        entry.grow(d);
        if (!entry.running) this.ended(entry);
      }),
      lost: () => {
        entry.unfollow = undefined;
        void this.load(); // the record says how it ended
      },
    });
  }

  private ended(entry: Entry): void {
    this.release(entry);
    this.entries.value = [...this.entries.peek()];
    this.onended(entry.message.peek());
  }

  private release(entry: Entry): void {
    entry.unfollow?.();
    entry.unfollow = undefined;
  }
}
