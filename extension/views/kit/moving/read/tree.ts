import type { Attachment, Conversation, Message } from "../../../../gen/wire";
import { first, idOf, iso, talk, titleOf, type Item } from "./item";

/** maxText is how much of a message is taken, in characters: a record has room for 16 MB, and one may take six bytes in JSON. */
export const maxText = 1 << 20;

/** Said is a message of a source, before it has an id of ours. */
export interface Said {
  /** What names it in its source. */
  id: string;
  /** The id of what it follows in its source; one that is not said is passed over for what that follows. */
  parent?: string;
  role: string;
  text: string;
  thinking?: string;
  model?: string;
  attachments?: Attachment[];
  /** Milliseconds since 1970. */
  at?: number;
}

/** Source is what a tree of messages is made into a conversation with. */
export interface Source {
  /** What names the conversation, across all sources. */
  id: string;
  title: unknown;
  created?: number;
  updated?: number;
  archived?: boolean;
  /** The message that the person had before them last. */
  current?: string;
  systemPrompt?: string;
  /** Whether the times are those of the file and not of what was said: then ids have none in them. */
  undated?: boolean;
  more?: Partial<Conversation>;
}

/** chain has each follow the one before it. */
export function chain(said: Said[]): Said[] {
  return said.map((s, i) => ({ ...s, parent: said[i - 1]?.id }));
}

/**
 * grow makes a conversation of messages that name what they follow, in any order. What follows something stands after it,
 * whatever the times say; a message that follows itself, by however many others, is taken as a first one.
 */
export async function grow(source: Source, said: Said[]): Promise<Item[]> {
  const known = new Map(said.map((s) => [s.id, s]));
  const created = source.created ?? least(said) ?? source.updated ?? 0;
  const { at, parents } = order(known, created);
  const ids = new Map<string, string>();
  const zero = source.undated ? created : 0;
  await Promise.all([...known.keys()].map(async (id) => ids.set(id, await idOf(at.get(id)! - zero, `${source.id}/${id}`))));
  const conversation = await idOf(created - zero, source.id);
  const messages = [...known.values()].map((s): Message => {
    const parent = parents.get(s.id);
    const m: Message = {
      id: ids.get(s.id)!, conversation, parent: parent === undefined ? first : ids.get(parent)!, role: s.role === "user" ? "user" : "assistant",
      text: s.text.slice(0, maxText), created: iso(at.get(s.id)!),
    };
    if (s.thinking) m.thinking = s.thinking.slice(0, maxText);
    if (s.attachments?.length) m.attachments = s.attachments;
    if (m.role === "assistant") m.state = "done";
    if (s.model && m.role === "assistant") m.model = s.model.slice(0, 200);
    return m;
  }).sort((a, b) => (a.id < b.id ? -1 : 1));
  if (messages.length === 0) return [];
  const c: Conversation = {
    id: conversation, title: titleOf(source.title, messages.find((m) => m.role === "user")?.text ?? messages[0]!.text), named: true, created: iso(created),
    updated: iso([...at.values()].reduce((a, b) => Math.max(a, b), Math.max(created, source.updated ?? 0))), ...source.more,
  };
  const branch = source.current === undefined ? undefined : ids.get(source.current);
  if (branch && new Set(parents.values()).size + (messages.some((m) => m.parent === first) ? 1 : 0) < messages.length) c.branch = branch;
  if (source.archived) c.archived = true;
  if (source.systemPrompt) c.systemPrompt = source.systemPrompt.slice(0, maxText);
  const cut = said.filter((s) => s.text.length > maxText || (s.thinking?.length ?? 0) > maxText).length;
  return cut > 0 ? [talk(c, messages), { type: "left", what: "cutShort", where: c.title, n: cut }] : [talk(c, messages)];
}

function least(said: Said[]): number | undefined {
  const times = said.flatMap((s) => s.at ?? []);
  return times.length > 0 ? times.reduce((a, b) => Math.min(a, b)) : undefined;
}

/** Order says when each message was said, and what it follows. */
interface Order {
  at: Map<string, number>;
  parents: Map<string, string>;
}

function order(known: Map<string, Said>, created: number): Order {
  const out: Order = { at: new Map(), parents: new Map() };
  for (const s of known.values()) place(s, known, out, created);
  return out;
}

// place gives a message, and before it all that it follows, its time: later than that of what it follows.
function place(s: Said, known: Map<string, Said>, { at, parents }: Order, created: number): void {
  const way: Said[] = [];
  const seen = new Set<string>();
  for (let x: Said | undefined = s; x && !at.has(x.id) && !seen.has(x.id); x = known.get(x.parent ?? "")) {
    way.push(x);
    seen.add(x.id);
  }
  for (const x of way.reverse()) {
    const before = x.parent === undefined ? undefined : at.get(x.parent);
    if (before !== undefined) parents.set(x.id, x.parent!);
    at.set(x.id, before === undefined ? (x.at ?? created) : Math.max(x.at ?? 0, before + 1));
  }
}
