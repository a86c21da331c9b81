import type { Conversation } from "../../../gen/wire";
import { t } from "../../../strings";

/** Item is a line of the list: the head of a group, or a conversation. */
export type Item = { head: string } | { conversation: Conversation };

const day = 24 * 60 * 60 * 1000;

/** grouped puts a head before each stretch of days. The rows come newest first and stay so; pinned ones stand above them. */
export function grouped(rows: Conversation[], now: Date, pinned: Conversation[] = []): Item[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const items: Item[] = pinned.map((conversation) => ({ conversation }));
  if (items.length > 0) items.unshift({ head: t.list.pinned });
  const above = new Set(pinned.map((c) => c.id));
  let last = "";
  for (const conversation of rows) {
    if (above.has(conversation.id)) continue;
    const head = headFor(Date.parse(conversation.updated), midnight);
    if (head !== last) items.push({ head });
    last = head;
    items.push({ conversation });
  }
  return items;
}

// A time that can't be read is as old as can be; one in the future (a clock set back) is today.
function headFor(time: number, midnight: number): string {
  if (time >= midnight) return t.list.today;
  if (time >= midnight - day) return t.list.yesterday;
  if (time >= midnight - 7 * day) return t.list.week;
  if (time >= midnight - 30 * day) return t.list.month;
  return t.list.earlier;
}
