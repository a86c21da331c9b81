/** Series is the answer of GET /api/v1/metrics (Go: companion/metrics.Series): columns of minutes, and how each step was. */
export interface Series {
  began: string;
  every: number;
  times: number[];
  requests: number[];
  failed: number[];
  tokens: number[];
  millis: number[];
  waiting: number[];
  running: number[];
  dead: number[];
  memory: number[];
  storage: number[];
  steps: Strip[];
}

export interface Strip { step: string; state: string; detail?: string; spans: Span[] }
export interface Span { state: string; from: number; until: number }

const columns = ["times", "requests", "failed", "tokens", "millis", "waiting", "running", "dead", "memory", "storage"] as const;

/** Slot is a piece of the time shown; the figures are those of its minutes together. A slot of which nothing is known is null. */
export interface Slot {
  requests: number;
  failed: number;
  tokens: number;
  millis: number;
  waiting: number;
  running: number;
  dead: number;
  memory: number;
  storage: number;
}

/** Grid is the time shown, in slots of one length. */
export interface Grid { from: number; until: number; length: number; slots: (Slot | null)[] }

export type Range = "hour" | "day";
const shapes = { hour: { length: 60, slots: 60 }, day: { length: 600, slots: 144 } };

/** merge puts newer points after those that are known. The last known minute was not over when it was told. */
export function merge(known: Series | undefined, fresh: Series): Series {
  const first = fresh.times[0];
  if (!known || known.began !== fresh.began || first === undefined) return fresh;
  const day = fresh.times.at(-1)! - 24 * 3600;
  const from = known.times.findIndex((t) => t > day);
  const until = known.times.findIndex((t) => t >= first);
  const kept = (list: number[]) => list.slice(from < 0 ? list.length : from, until < 0 ? list.length : until);
  const out = { ...fresh };
  for (const name of columns) out[name] = [...kept(known[name]), ...fresh[name]];
  return out;
}

/** gridOf sorts the minutes into slots that end with the newest. */
export function gridOf(s: Series, range: Range): Grid {
  const { length, slots } = shapes[range];
  const last = s.times.at(-1) ?? 0;
  const until = (Math.floor(last / length) + 1) * length;
  const grid: Grid = { from: until - slots * length, until, length, slots: Array.from({ length: slots }, () => null) };
  s.times.forEach((time, i) => {
    const place = Math.floor((time - grid.from) / length);
    if (place < 0 || place >= slots) return;
    const minute: Slot = {
      requests: s.requests[i]!, failed: s.failed[i]!, tokens: s.tokens[i]!, millis: s.millis[i]!,
      waiting: s.waiting[i]!, running: s.running[i]!, dead: s.dead[i]!, memory: s.memory[i]!, storage: s.storage[i]!,
    };
    grid.slots[place] = together(grid.slots[place] ?? null, minute);
  });
  return grid;
}

/** together joins two slots, the earlier first: what was counted adds up, of a queue the most counts, of a size the newest. */
export function together(a: Slot | null, b: Slot | null): Slot | null {
  if (!a || !b) return b ?? a;
  return {
    requests: a.requests + b.requests, failed: a.failed + b.failed, tokens: a.tokens + b.tokens, millis: a.millis + b.millis,
    waiting: Math.max(a.waiting, b.waiting), running: Math.max(a.running, b.running), dead: Math.max(a.dead, b.dead),
    memory: b.memory, storage: b.storage,
  };
}

/** perSecond is how fast answers were made; null where none was. */
export function perSecond(s: Slot | null): number | null {
  return s && s.tokens > 0 && s.millis > 0 ? (s.tokens * 1000) / s.millis : null;
}

/** rowsOf joins slots for a table: 12 rows of an hour, 24 of a day. Rows of which nothing is known are left out. */
export function rowsOf(grid: Grid): { time: number; slot: Slot }[] {
  const every = grid.length === 60 ? 5 : 6;
  const rows: { time: number; slot: Slot }[] = [];
  for (let i = 0; i < grid.slots.length; i += every) {
    const slot = grid.slots.slice(i, i + every).reduce(together, null);
    if (slot) rows.push({ time: grid.from + i * grid.length, slot });
  }
  return rows;
}

/** within cuts spans to the time shown. */
export function within(spans: Span[], from: number, until: number): Span[] {
  return spans.map((s) => ({ ...s, from: Math.max(s.from, from), until: Math.min(s.until, until) })).filter((s) => s.from < s.until);
}

/** upPart is the part of the known time in which all was well; undefined when nothing is known. */
export function upPart(spans: Span[]): number | undefined {
  const length = (list: Span[]) => list.reduce((sum, s) => sum + s.until - s.from, 0);
  const known = length(spans);
  return known > 0 ? length(spans.filter((s) => s.state === "ready")) / known : undefined;
}
