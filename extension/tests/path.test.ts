import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../gen/wire";
import { Entry } from "../views/kit/state/entry";
import { turns } from "../views/kit/state/path";

const entry = (id: string, parent?: string, pending = false) =>
  new Entry({ id, parent, conversation: "c", role: "user", text: id, created: "" } as Message, pending);

// one(a) -> two(b); beside one: three(c) -> four(d); beside two: five(e)
const tree = [entry("a", "-"), entry("b", "a"), entry("c", "-"), entry("d", "c"), entry("e", "a")];

const cases: { name: string; entries: Entry[]; branch: string; path: string[]; beside?: string[][] }[] = [
  { name: "nothing", entries: [], branch: "", path: [] },
  { name: "of before there were branches", entries: [entry("a"), entry("b"), entry("c")], branch: "", path: ["a", "b", "c"] },
  { name: "without a choice, to the newest", entries: tree, branch: "", path: ["a", "e"], beside: [["a", "c"], ["b", "e"]] },
  { name: "through a choice that others follow", entries: tree, branch: "c", path: ["c", "d"], beside: [["a", "c"], ["d"]] },
  { name: "to a choice at an end", entries: tree, branch: "b", path: ["a", "b"], beside: [["a", "c"], ["b", "e"]] },
  { name: "through a choice and on to the newest under it", entries: tree, branch: "a", path: ["a", "e"] },
  { name: "past a choice that is not there", entries: tree, branch: "aa", path: ["a", "e"] },
  { name: "past a message that is not there", entries: [entry("a", "-"), entry("c", "b")], branch: "", path: ["a", "c"] },
  { name: "as far as is known", entries: tree.slice(3), branch: "", path: ["e"] },
  { name: "another wording of an old question", entries: [entry("a"), entry("b"), entry("c", "-")], branch: "c", path: ["c"], beside: [["a", "c"]] },
  { name: "to one that is on its way", entries: [...tree, entry("pending-1", "b", true)], branch: "pending-1", path: ["a", "b", "pending-1"] },
];

for (const c of cases) {
  test(`the way through a conversation: ${c.name}`, () => {
    const found = turns(c.entries, c.branch);
    assert.deepEqual(found.map((turn) => turn.entry.id), c.path);
    if (c.beside) assert.deepEqual(found.map((turn) => turn.beside.map((e) => e.id)), c.beside);
  });
}

test("a turn that is as it was before is the same one; one whose neighbours changed is not", () => {
  const entries = [entry("b"), entry("c"), entry("d")];
  const before = turns(entries, "");
  const older = turns([entry("a"), ...entries], "", before);
  assert.deepEqual(older.map((turn) => before.includes(turn)), [false, false, true, true], "the first one follows another now");
  assert.deepEqual(older.map((turn) => turn.follows?.id), [undefined, "a", "b", "c"]);
  const beside = turns([...entries, entry("e", "c")], "d", before);
  assert.deepEqual(beside.map((turn) => before.includes(turn)), [true, true, false], "the last one has another beside it");
});
