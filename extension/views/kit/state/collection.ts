import { signal } from "@preact/signals";
import type { Client } from "../../../bridge/client";
import type { Change, Conversation, RecordKind, StorePage } from "../../../gen/wire";

/** Item is what every folder, prompt and persona has. */
export interface Item {
  id: string;
  name: string;
}

/** Collection is all that the person keeps of one kind, by name. It is read when it is first needed, and then follows the news. */
export class Collection<T extends Item> {
  readonly items = signal<T[]>([]);
  /** Whether they were read. */
  readonly known = signal(false);
  private loading: Promise<void> | undefined;

  constructor(private readonly client: Pick<Client, "call">, private readonly kind: RecordKind) {}

  /** get finds one. */
  get(id: string | undefined): T | undefined {
    return this.items.value.find((item) => item.id === id);
  }

  /** load reads them, unless that was done. */
  load(): Promise<void> {
    if (this.known.peek()) return Promise.resolve();
    return this.reload();
  }

  /** reload reads them again; calls while one is under way share it. */
  reload(): Promise<void> {
    this.loading ??= this.ask("").finally(() => (this.loading = undefined));
    return this.loading;
  }

  /** put adds one or replaces it. */
  put(item: T): Promise<void> {
    return this.ask(item.id, item);
  }

  /** remove takes one away. Putting it again undoes that. */
  remove(id: string): Promise<void> {
    return this.ask(id);
  }

  /** apply takes a change from the news. */
  apply(change: Change): void {
    if (!this.known.peek()) return;
    const rest = this.items.peek().filter((item) => item.id !== change.id);
    if (change.deleted) this.items.value = rest;
    else if (change.body) this.items.value = ordered([...rest, change.body as T]);
    else void this.reload().catch(() => undefined);
  }

  private async ask(id: string, body?: T): Promise<void> {
    const page: StorePage = await this.client.call("library", { kind: this.kind, id, version: "", body });
    this.items.value = ordered((page.records ?? []).map((r) => r.body as T));
    this.known.value = true;
  }
}

function ordered<T extends Item>(items: T[]): T[] {
  return items.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
}

/** folderOf is the folder that a conversation is in, as far as that folder is still there. */
export function folderOf(c: Pick<Conversation, "shelf">): string {
  return c.shelf?.slice(0, c.shelf.indexOf(" ")) ?? "";
}
