import { signal } from "@preact/signals";
import type { Client } from "../../../bridge/client";
import type { Change, Conversation, Snapshot } from "../../../gen/wire";
import { folderOf } from "./collection";
import { Overtaken } from "./overtaken";

const pageSize = 200;

interface Where {
  archived?: boolean;
  folder?: string;
}

/** Conversations are the rows that are known so far, newest first, and the way to older ones. */
export class Conversations {
  readonly list = signal<Conversation[]>([]);
  /** Whether older ones exist that are not in the list yet. */
  readonly more = signal(false);

  private rows = new Map<string, Conversation>();
  private versions = new Map<string, string>();
  private after = "";
  private loading: Promise<void> | undefined;
  private readonly overtaken = new Overtaken<Change>();

  /** where says which rows these are: those of the list, of the archive, or of a folder. */
  constructor(private readonly client: Pick<Client, "call">, private readonly where: Where = {}) {}

  /** reset starts again from a snapshot, whose rows are the newest. */
  reset(snapshot: Pick<Snapshot, "conversations" | "more">): void {
    this.rows = new Map(snapshot.conversations.map((c) => [c.id, c]));
    this.versions.clear();
    this.after = "";
    this.more.value = snapshot.more ?? false;
    this.publish();
  }

  /** get finds a row. */
  get(id: string): Conversation | undefined {
    return this.rows.get(id);
  }

  /** put adds or replaces one row. */
  put(conversation: Conversation): void {
    if (this.holds(conversation)) this.rows.set(conversation.id, conversation);
    else this.rows.delete(conversation.id);
    this.publish();
  }

  private holds(c: Conversation): boolean {
    const { archived = false, folder = "" } = this.where;
    return !c.trashed && Boolean(c.archived) === archived && (folder === "" || folderOf(c) === folder);
  }

  /** drop takes a row away. */
  drop(id: string): void {
    if (this.rows.delete(id)) this.publish();
  }

  /** apply takes a change from the news. An older version than the one seen is ignored. */
  apply(change: Change): void {
    if ((this.versions.get(change.id) ?? "") > change.version) return;
    this.overtaken.heard(change);
    this.versions.set(change.id, change.version);
    if (change.deleted) this.drop(change.id);
    else if (change.body) this.put(change.body as Conversation);
  }

  /** loadMore fetches the next page of older rows; calls while one is under way share it. */
  loadMore(): Promise<void> {
    if (!this.more.value) return Promise.resolve();
    this.loading ??= this.load().finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async load(): Promise<void> {
    const after = this.after || undefined;
    const [page, meanwhile] = await this.overtaken.read(this.client.call("conversation.list", { ...this.where, after, limit: pageSize }));
    for (const c of page.conversations ?? []) if (!this.rows.has(c.id)) this.rows.set(c.id, c);
    this.after = page.next ?? "";
    this.more.value = this.after !== "";
    for (const change of meanwhile) this.apply(change);
    this.publish();
  }

  private publish(): void {
    this.list.value = [...this.rows.values()].sort(newestFirst);
  }
}

function newestFirst(a: Conversation, b: Conversation): number {
  if (a.updated !== b.updated) return a.updated < b.updated ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}
