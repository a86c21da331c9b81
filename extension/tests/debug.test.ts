import assert from "node:assert/strict";
import { test } from "node:test";
import { makeLeaf, readLeaf, type Item, type KindPlan, type Leaf, type Stored } from "../../wasm/store/idb/leaf";
import { troubles, type Trouble } from "../views/debug/check";
import { masked, rowsOf, type Piece } from "../views/debug/database";
import { enableDebugMode } from "../views/debug/session";

const kind: KindPlan = { kind: "message", store: "messages", indexes: ["conversation"], packed: true };
const version = "01a3185c5237-0001-dev";

function item(id: string, seq: number, body: object | null = { conversation: `c${id}` }): Item {
  const text = body ? JSON.stringify(body) : "";
  const key = (body as { conversation?: string } | null)?.conversation ?? null;
  return { id, ver: version, seq, len: body ? text.length : -1, keys: [key], data: new TextEncoder().encode(text), at: 0, fresh: true };
}

function piece(items: Item[], change: (stored: Stored) => void = () => undefined): Piece {
  const stored = makeLeaf(items, kind, 1);
  change(stored);
  const leaf = readLeaf(stored, kind) as Leaf;
  return { key: items[items.length - 1]?.id ?? "", stored, leaf };
}

const what = (p: Piece, before = "", numbers = new Set<number>()): Trouble[] => troubles(p, before, kind.indexes, numbers).map(([t]) => t);
const sound = () => [item("a", 4), item("b", 5, null), item("c", 9)];

test("a leaf that is as it must be has no trouble", () => {
  assert.deepEqual(what(piece(sound())), []);
  assert.deepEqual(what(piece([item("a", 1)])), []);
  assert.deepEqual(what(piece([item("a\u0000\u0001", 1, { conversation: "\u0000x\u0001" })])), []);
});

const broken: [Trouble, Piece, string?][] = [
  ["order", piece([item("b", 4), item("a", 5)])],
  ["order", piece(sound()), "b"],
  ["order", { ...piece(sound()), key: "d" }],
  ["length", piece(sound(), (s) => { s.text += " "; })],
  ["body", piece(sound(), (s) => { s.text = `x${s.text.slice(1)}`; })],
  ["version", piece(sound(), (s) => { s.head = s.head.replace(version, "now"); })],
  ["number", piece([item("a", 4), item("b", 4)])],
  ["feed", piece(sound(), (s) => { s.seq = [4]; })],
  ["feed", piece(sound(), (s) => { s.seq = [4, 9, 12]; })],
  ["index", piece(sound(), (s) => { s.x_conversation = []; })],
];
for (const [trouble, p, before] of broken) {
  test(`trouble with the ${trouble} is found: ${p.stored.head} ${p.key}`, () => assert.ok(what(p, before).includes(trouble), what(p, before).join(" ")));
}

test("a number that another leaf has is found", () => assert.deepEqual(what(piece(sound()), "", new Set([9])), ["number"]));

test("records are shown with their time; a deletion has no body", () => {
  const rows = rowsOf(piece(sound()).leaf);
  assert.deepEqual(rows.map((r) => [r.id, r.seq, r.body]), [["a", 4, { conversation: "ca" }], ["b", 5, undefined], ["c", 9, { conversation: "cc" }]]);
  assert.equal(rows[0]?.time, 0x01a3185c5237);
});

test("keys and passwords are masked wherever they are, and nothing else", () => {
  const body = { key: "sk-1", apiKey: "k", nested: [{ password: "p", Authorization: "a" }], token: "t", tokens: 7, text: "my key", keyboard: "qwertz", empty: { key: "" } };
  assert.deepEqual(masked(body), {
    key: "***", apiKey: "***", nested: [{ password: "***", Authorization: "***" }], token: "***", tokens: 7, text: "my key", keyboard: "qwertz", empty: { key: "" },
  });
});

test("a tool that cannot be made ready leaves the others be", async (t) => {
  t.mock.method(console, "warn", () => undefined);
  const session = await enableDebugMode([
    { name: "indexeddb-inspector", activate: () => Promise.reject(new Error("no")) },
    { name: "extension-console", activate: () => Promise.resolve() },
  ]);
  assert.deepEqual(session.enabledTools, ["extension-console"]);
  assert.equal(session.mode, "browser");
  assert.match(session.sessionId, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  assert.ok(Date.parse(session.startTime) > 0);
});
