import assert from "node:assert/strict";
import { test } from "node:test";
import type { Conversation } from "../gen/wire";
import { grouped } from "../views/kit/list/groups";
import { marked } from "../views/kit/list/marks";
import { offsets, visible } from "../views/kit/list/virtual";
import { random } from "./harness";

test("offsets are where each item begins, and the end", () => {
  assert.deepEqual(offsets([10, 20, 5]), [0, 10, 30, 35]);
  assert.deepEqual(offsets([]), [0]);
});

test("what is visible is what overlaps the window, and no more than a row around it", () => {
  const next = random(5);
  for (let i = 0; i < 500; i++) {
    const heights = Array.from({ length: Math.floor(next() * 200) }, () => (next() < 0.1 ? 34 : 36));
    const starts = offsets(heights);
    const top = (next() - 0.1) * 1.2 * (starts.at(-1) ?? 0);
    const height = next() * 900;
    const { first, end } = visible(starts, top, height, 0);
    assert.ok(0 <= first && first <= end && end <= heights.length);
    heights.forEach((h, at) => {
      const overlaps = starts[at]! + h > Math.max(0, top) && starts[at]! < top + height;
      if (overlaps) assert.ok(at >= first && at < end, `item ${at} is missing at ${top}`);
    });
    assert.ok(end - first <= height / 34 + 3);
  }
});

test("an empty list shows nothing, wherever it is scrolled to", () => {
  assert.deepEqual(visible([0], 500, 300, 100), { first: 0, end: 0 });
});

const row = (id: string, updated: string): Conversation => ({ id, title: id, created: updated, updated });
const now = new Date(2026, 4, 20, 9, 30);
const local = (day: number, hour: number) => new Date(2026, 4, day, hour).toISOString();

test("rows are grouped by the person's own days", () => {
  const rows = [row("future", local(21, 1)), row("a", local(20, 0)), row("b", local(19, 23)), row("c", local(15, 8)), row("d", local(2, 8)), row("e", "2025-01-01T00:00:00.000Z"), row("f", "not a time")];
  const shape = grouped(rows, now).map((i) => ("head" in i ? i.head : i.conversation.id));
  assert.deepEqual(shape, ["Today", "future", "a", "Yesterday", "b", "Previous 7 days", "c", "Previous 30 days", "d", "Earlier", "e", "f"]);
});

test("pinned rows stand above the others, once", () => {
  const rows = [row("a", local(20, 0)), row("b", local(19, 23))];
  const shape = grouped(rows, now, [{ ...row("old", local(2, 1)), pinned: "2" }, { ...rows[1]!, pinned: "1" }]).map((i) => ("head" in i ? i.head : i.conversation.id));
  assert.deepEqual(shape, ["Pinned", "old", "b", "Today", "a"]);
});

test("searched words are marked in any case, longest first, and nothing is lost", () => {
  assert.deepEqual(marked("The Sky is skyward", "sky skyward"), [
    { text: "The ", hit: false }, { text: "Sky", hit: true }, { text: " is ", hit: false }, { text: "skyward", hit: true },
  ]);
  for (const words of ["(", "a.b", "[", "\\", "$^", ""]) assert.equal(marked("a(b)[c]\\$^", words).map((p) => p.text).join(""), "a(b)[c]\\$^");
});
