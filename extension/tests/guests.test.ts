import assert from "node:assert/strict";
import { test } from "node:test";
import { checkArguments, parseManifest, Wrong } from "../views/kit/tools/guests/manifest";
import { prepare } from "../views/kit/tools/guests/module";

const least = { name: "x", description: "y" };

test("a manifest has the usual limits where it names none", () => {
  const m = parseManifest(JSON.stringify(least));
  assert.deepEqual([m.memory_mb, m.seconds, m.capabilities], [64, 10, []]);
});

// The same as companion/sandbox/sandbox_test.go holds kai to.
const bounds: [string, string][] = [
  [`{"name": "a b", "description": "y"}`, "name"],
  [`{"name": "x"}`, "description"],
  [`{"name": "x", "description": "y", "memory_mb": 513}`, "memory_mb"],
  [`{"name": "x", "description": "y", "memory_mb": -1}`, "memory_mb"],
  [`{"name": "x", "description": "y", "seconds": 61}`, "seconds"],
  [`{"name": "x", "description": "y", "capabilities": ["network"]}`, "capabilities"],
  [`{"name": "x", "description": "y", "parameters": {"type": "array"}}`, "parameters.type"],
  [`{"name": "x", "description": "y", "network": true}`, "network"],
  [`{"name": "x", "description": "y"} {}`, ""],
  ["[]", ""],
  [`{"name": "x", "description": "${"y".repeat(2000)}"}`, "description"],
  [`{"name": "x", "description": "y", "title": "${"z".repeat(70000)}`, ""],
];

for (const [text, field] of bounds) {
  test(`a manifest is held to its bounds: ${text.slice(0, 70)}`, () => {
    assert.throws(() => parseManifest(text), (e: unknown) => e instanceof Wrong && e.field === field);
  });
}

test("arguments are an object with what the schema requires", () => {
  const m = parseManifest(JSON.stringify({ ...least, parameters: { type: "object", required: ["from"] } }));
  checkArguments(m, `{"from": 1}`);
  assert.throws(() => checkArguments(m, `{"to": 1}`), /"from" is missing/);
  for (const text of ["", "[]", "null", "{"]) assert.throws(() => checkArguments(m, text), /not a JSON object/);
});

const bytes = (...b: number[]) => Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...b]);
// (memory (export "memory") 1 most) (func (export "_start"))
const command = (...memory: number[]) => bytes(1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, memory.length + 1, 1, ...memory,
  7, 19, 2, 6, ..."memory".split("").map((c) => c.charCodeAt(0)), 2, 0, 6, ..."_start".split("").map((c) => c.charCodeAt(0)), 0, 0, 10, 4, 1, 2, 0, 0x0b);

for (const [name, memory, most] of [["without a maximum", [0, 1], 32], ["with a large one", [1, 1, 0xff, 1], 32], ["with a smaller one", [1, 1, 3], 3]] as [string, number[], number][]) {
  test(`a module's memory grows to its limit and no further: ${name}`, async () => {
    const module = await prepare(command(...memory), 2);
    const { memory: given } = (await WebAssembly.instantiate(module)).exports as { memory: WebAssembly.Memory };
    given.grow(most - 1);
    assert.throws(() => given.grow(1), RangeError);
  });
}

const refused: [string, Uint8Array<ArrayBuffer>, RegExp][] = [
  ["nothing", new Uint8Array(), /cannot be used/],
  ["a text", Uint8Array.from(Buffer.from("hello wo")), /cannot be used/],
  ["an empty module", bytes(), /no _start/],
  ["one that wants more", bytes(1, 4, 1, 0x60, 0, 0, 2, 11, 1, 3, ...Buffer.from("env"), 3, ...Buffer.from("foo"), 0, 0), /env\.foo/],
  ["one that begins with more memory", command(0, 33), /more than its 2 MB/],
  ["one with 64-bit memory", command(4, 1), /cannot be used/],
  ["one that is cut", command(0, 1).slice(0, 20), /cannot be used/],
  ["one that is too much", new Uint8Array(33 << 20), /32 MB/],
];

for (const [name, module, why] of refused) {
  test(`a module that is no guest is refused: ${name}`, () => assert.rejects(prepare(module, 2), (e: unknown) => e instanceof Wrong && why.test(e.message)));
}
