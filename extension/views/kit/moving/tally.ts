import type { Conversation } from "../../../gen/wire";
import type { Incoming, Item } from "./read/item";
import type { Why } from "./read/why";

/** Left is what cannot come: what it is or why, how much of it, and where some of it was. */
export interface Left {
  what: Why;
  n: number;
  where: string[];
}

/** Tally is what files hold, counted. */
export interface Tally {
  sources: string[];
  kinds: { [kind: string]: number };
  titles: string[];
  /** Names and addresses of services: whoever has them kept shall see where questions will go. */
  services: { name: string; url: string }[];
  /** The times of the oldest and of the newest conversation. */
  from?: string;
  to?: string;
  left: Left[];
}

const maxTitles = 5;
const maxServices = 30;
const maxWhere = 5;
const maxLeft = 100;

export const empty = (): Tally => ({ sources: [], kinds: {}, titles: [], services: [], left: [] });

/** tell adds an item to a tally. */
export function tell(tally: Tally, item: Item): void {
  if (item.type === "left") return leave(tally, item.what, item.where, item.n ?? 1);
  if (item.type !== "records") {
    tally.kinds[item.type] = (tally.kinds[item.type] ?? 0) + 1;
    if (item.type === "service" && tally.services.length < maxServices) tally.services.push({ name: item.name, url: item.url });
    return;
  }
  for (const record of item.records) tellRecord(tally, record);
}

function tellRecord(tally: Tally, { kind, body }: Incoming): void {
  tally.kinds[kind] = (tally.kinds[kind] ?? 0) + 1;
  if (kind !== "conversation") return;
  const { title, created, updated } = body as Conversation;
  if (tally.titles.length < maxTitles) tally.titles.push(title);
  if (!tally.from || created < tally.from) tally.from = created;
  if (!tally.to || updated > tally.to) tally.to = updated;
}

/** leave notes what cannot come. */
export function leave(tally: Tally, what: Why, where: string, n = 1): void {
  let left = tally.left.find((l) => l.what === what);
  if (!left) {
    if (tally.left.length === maxLeft) return;
    tally.left.push((left = { what, n: 0, where: [] }));
  }
  left.n += n;
  if (left.where.length < maxWhere) left.where.push(where);
}
