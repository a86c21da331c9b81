// How the way through a conversation is cut into groups, and how earlier ones are drawn before they are scrolled to.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../gen/wire";
import { Ahead } from "../views/kit/chat/ahead";
import { Groups, type Group } from "../views/kit/chat/groups";
import { Entry } from "../views/kit/state/entry";
import type { Turn } from "../views/kit/state/path";

const known = Array.from({ length: 5000 }, (_, i): Turn => ({ entry: new Entry({ id: `${i}`, text: "" } as Message), beside: [] }));
const between = (from: number, to: number): Turn[] => known.slice(from, to);
const lengths = (groups: Group[]) => groups.map((g) => g.turns.length);
const undrawn = (groups: Group[]) => groups.map((g) => Math.max(0, g.turns.length - g.drawn.peek()));

test("what comes before or after leaves the groups that are full as they are", () => {
  const groups = new Groups();
  const first = groups.of(between(4960, 4990));
  assert.deepEqual(lengths(first), [20, 10]);
  const older = groups.of(between(4930, 4990));
  assert.deepEqual(lengths(older), [10, 20, 20, 10]);
  assert.ok(older[2] === first[0] && older[3] === first[1]);
  const newer = groups.of(between(4920, 5000));
  assert.deepEqual(lengths(newer), [10, 10, 20, 20, 20]);
  assert.deepEqual(newer.map((g) => older.includes(g)), [false, true, true, true, false]);
  assert.deepEqual(newer.flatMap((g) => g.turns), between(4920, 5000));
});

test("a message that comes between others is in their group", () => {
  const groups = new Groups();
  groups.of([...between(0, 10), ...between(11, 22)]);
  assert.deepEqual(groups.of(between(0, 22)).map((g) => [g.key, g.turns.length]), [[1, 21], [2, 1]]);
});

test("another conversation is cut anew, and none has no groups", () => {
  const groups = new Groups();
  const before = groups.of(between(100, 110));
  const after = groups.of(between(0, 21));
  assert.deepEqual(lengths(after), [20, 1]);
  assert.ok(after.every((g) => g.key !== before[0]!.key && !g.early));
  assert.deepEqual(groups.of([]), []);
});

let frames: (() => void)[] = [];
Object.assign(globalThis, { document: { hidden: false }, requestAnimationFrame: (f: () => void) => frames.push(f) });
const frame = () => {
  const now = frames;
  frames = [];
  for (const f of now) f();
};

test("what a conversation opens with is drawn at once, earlier messages a few a frame, however many there are, the nearest first", () => {
  for (const many of [40, 4960]) {
    const groups = new Groups();
    const ahead = new Ahead();
    assert.deepEqual(undrawn(groups.of(between(4960, 5000))), [0, 0]);
    const all = groups.of(between(4960 - many, 5000));
    ahead.look(all);
    ahead.look(all);
    frame();
    frame();
    assert.equal(ahead.busy.value, true);
    assert.deepEqual(undrawn(all).slice(-4), [20, 16, 0, 0]);
    frames = [];
  }
});

test("what was gone to is drawn at once, then what is nearest to it; the rest has room meanwhile", () => {
  frames = [];
  const groups = new Groups();
  const ahead = new Ahead();
  groups.of(between(100, 140));
  const all = groups.of(between(0, 140)); // seven groups, of which five are early
  ahead.look(all);
  ahead.from("50", 30);
  assert.deepEqual(undrawn(all), [20, 20, 0, 20, 20, 0, 0]);
  assert.deepEqual(all.map((g) => g.room.peek()), [600, 600, 600, 600, 600, 0, 0]);
  ahead.look(all);
  ahead.now(all[0]!);
  assert.deepEqual(undrawn(all), [0, 20, 0, 20, 20, 0, 0]);
  for (let i = 0; i < 12; i++) {
    ahead.look(all);
    frame();
  }
  assert.deepEqual(undrawn(all).slice(0, 2), [0, 0], "the nearest to what is read now");
  frames = [];
});

test("when all is drawn nothing more is done; what is hidden is drawn without frames", () => {
  const groups = new Groups();
  const ahead = new Ahead();
  groups.of(between(4960, 5000));
  ahead.look(groups.of(between(4950, 5000)));
  for (let i = 0; i < 5; i++) frame();
  assert.deepEqual([ahead.busy.value, frames.length], [false, 0]);
  Object.assign(globalThis, { document: { hidden: true } });
  const all = groups.of(between(0, 5000));
  ahead.look(all);
  assert.deepEqual([ahead.busy.value, frames.length, undrawn(all).some((n) => n > 0)], [false, 0, false]);
});
