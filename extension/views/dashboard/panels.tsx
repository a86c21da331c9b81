import { useMemo } from "preact/hooks";
import { t } from "../../strings/dashboard";
import { speed } from "../../strings/dashboard/times";
import { bytes, number } from "../../strings/format";
import { Panel, type Column } from "./panel";
import type { Line } from "./plot";
import { perSecond, together, type Grid, type Range, type Slot } from "./series";

const counts = [1, 2, 5].flatMap((n) => [0, 1, 2, 3, 4, 5, 6].map((z) => n * 10 ** z)).sort((a, b) => a - b);
const sizes = Array.from({ length: 45 }, (_, i) => 2 ** i);
const speeds = [0.1, 0.2, 0.5, ...counts];

const column = (name: string, line: Line, of: (s: Slot) => number | null): Column => ({ name, line, of: (s) => (s ? of(s) : null) });
const list = (grid: Grid, of: (s: Slot) => number | null) => grid.slots.flatMap((s) => (s ? of(s) ?? [] : []));

/** Requests shows what was asked of models. */
export function Requests({ grid, range }: { grid: Grid; range: Range }) {
  const columns = useMemo(() => [
    column(t.requests.all, { ink: "--accent", kind: "bars" }, (s) => s.requests),
    column(t.requests.failed, { ink: "--bad", kind: "bars" }, (s) => s.failed),
  ], []);
  const whole = grid.slots.reduce(together, null);
  const asked = whole?.requests ?? 0;
  const summary = `${t.requests.said(asked, whole?.failed ?? 0)} ${t.requests.unit[range]}, ${t.requests.most(Math.max(0, ...list(grid, (s) => s.requests)), t.slots[range])}`;
  return (
    <Panel
      title={t.requests.title} figure={number(asked)} unit={t.requests.unit[range]} grid={grid} columns={columns} summary={summary}
      empty={asked === 0 && t.requests.empty} write={number} steps={counts} least={4}
    />
  );
}

/** Speed shows how fast answers were made. */
export function Speed({ grid }: { grid: Grid }) {
  const columns = useMemo(() => [column(t.speed.title, { ink: "--accent", kind: "bars" }, perSecond)], []);
  const average = perSecond(grid.slots.reduce(together, null));
  const all = list(grid, perSecond);
  const note = average === null ? "" : t.between(speed(Math.min(...all)), speed(Math.max(...all)));
  const summary = average === null ? t.speed.empty : `${t.speed.said(average)} ${t.speed.average}, ${note}`;
  return (
    <Panel
      title={t.speed.title} figure={average === null ? t.none : speed(average)} unit={`${t.speed.unit} ${average === null ? "" : t.speed.average}`} grid={grid}
      columns={columns} summary={summary} note={note} empty={average === null && t.speed.empty} write={speed} count={number} steps={speeds} least={4}
    />
  );
}

/** Queue shows the tasks that there were. */
export function Queue({ grid }: { grid: Grid }) {
  const columns = useMemo(() => [
    column(t.queue.waiting, { ink: "--accent", kind: "steps" }, (s) => s.waiting),
    column(t.queue.running, { ink: "--code-name", kind: "steps" }, (s) => s.running),
    column(t.queue.dead, { ink: "--bad", kind: "steps", dash: [6, 4] }, (s) => s.dead),
  ], []);
  const now = grid.slots.at(-1);
  const open = now ? now.waiting + now.running : 0;
  return (
    <Panel
      title={t.queue.title} figure={number(open)} unit={t.queue.unit(open)} grid={grid} columns={columns}
      summary={now ? t.now(t.queue.said(now.waiting, now.running, now.dead)) : ""} write={number} steps={counts} least={4}
    />
  );
}

/** Size shows the memory or the storage that kai takes. */
export function Size({ grid, what }: { grid: Grid; what: "memory" | "storage" }) {
  const columns = useMemo(() => [column(t.sizes[what].title, { ink: "--accent", kind: "line", filled: true }, (s) => s[what] || null)], [what]);
  const all = list(grid, (s) => s[what] || null);
  const now = grid.slots.at(-1)?.[what] ?? 0;
  const note = all.length > 0 ? t.between(bytes(Math.min(...all)), bytes(Math.max(...all))) : "";
  return (
    <Panel
      title={t.sizes[what].title} figure={now ? bytes(now) : t.none} unit={t.sizes[what].unit} grid={grid} columns={columns} summary={note ? `${t.now(bytes(now))}, ${note}` : t.none}
      note={note} write={bytes} steps={sizes} least={1024}
    />
  );
}
