import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FaultError } from "../bridge/fault";
import { cut, decode, encode, Joiner } from "../bridge/frames";
import type { Envelope } from "../gen/wire";
import { folder, random } from "./harness";

// The protocol as bytes; shared/protocol holds the same files against the Go side.
const goldens = join(folder, "..", "..", "shared", "protocol", "testdata");
const golden = (name: string) => readFileSync(join(goldens, `${name}.json`), "utf8").replace(/\n$/, "");
const names = readdirSync(goldens).map((f) => f.replace(/\.json$/, ""));

function join_(frames: string[]): Envelope[] {
  const joiner = new Joiner();
  return frames.map((f) => joiner.accept(f)).filter((e) => e !== undefined);
}

const meanings: Record<string, Envelope> = {
  "hello-refused": {
    v: 2, id: "hello", kind: "reply", body: { min: 2, max: 3, app: "kai-runtime", version: "0.9.0", instance: "" },
    fault: {
      code: "unsupported", remedy: "update the kai program",
      message: "the kai program 0.1.0 is older: it speaks protocol version 1, and the kAI extension 0.9.0 needs versions 2 to 3",
    },
  },
  "request-traced": {
    v: 1, id: "1", kind: "request", method: "echo", trace: "4bf92f3577b34da6a3ce929d0e0e4736 popup 1795729194375", body: { text: "hello" },
  },
  request: { v: 1, id: "1", kind: "request", method: "echo", body: { text: 'größe <b> "quoted" \\ 😀 \u2028' } },
  "reply-empty": { v: 1, id: "1", kind: "reply" },
  fault: { v: 1, id: "2", kind: "reply", fault: { code: "not_found", message: "no such thing", field: "id", remedy: "look elsewhere" } },
  "fault-unreadable": { v: 1, kind: "reply", fault: { code: "malformed", message: "a frame is not UTF-8" } },
  event: { v: 1, kind: "event", method: "news", body: { kind: "message" } },
  chunk: { v: 1, id: "3", kind: "chunk", body: { n: 7, text: "Hello" } },
  credit: { v: 1, id: "3", kind: "event", method: "stream.credit", body: { n: 16 } },
  cancel: { v: 1, id: "3", kind: "cancel" },
};
for (const [name, meaning] of Object.entries(meanings)) {
  test(`the golden frame ${name} is read as what it means`, () => assert.deepEqual(decode(golden(name)), meaning));
}

for (const name of names) {
  test(`the golden frame ${name} is written byte for byte`, () => {
    const bytes = golden(name).replaceAll("\\u2028", "\u2028"); // which Go escapes and JavaScript need not
    assert.deepEqual(encode(decode(golden(name)), 0, () => ""), [bytes]);
  });
}

test("the golden parts put together are the golden whole", () => {
  const parts = names.filter((n) => /^part-\d+$/.test(n)).sort().map(golden);
  assert.ok(parts.length > 1);
  assert.deepEqual(join_(parts), [decode(golden("part-whole"))]);
});

test("what is cut at any limit comes back whole, and each part keeps the limit", () => {
  const next = random(1);
  const alphabet = ["a", '"', "\\", "\n", "\u0001", "é", "€", "🦊", "\u2028", "</script>"];
  for (let i = 0; i < 300; i++) {
    const text = Array.from({ length: Math.floor(next() * 400) }, () => alphabet[Math.floor(next() * alphabet.length)]).join("");
    const limit = 300 + Math.floor(next() * 600);
    const envelope: Envelope = { v: 1, id: "v7", kind: "request", method: "message.send", body: { text } };
    const frames = encode(envelope, limit, () => "p1");
    for (const f of frames) assert.ok(Buffer.byteLength(f) <= limit, `a frame of ${Buffer.byteLength(f)} over ${limit}`);
    assert.deepEqual(join_(frames), [envelope]);
  }
});

test("a cut never divides a character", () => {
  for (const piece of cut("🦊".repeat(50), 7)) assert.doesNotMatch(piece, /^[\udc00-\udfff]|[\ud800-\udbff]$/);
});

const lies: Record<string, string[]> = {
  "no JSON": ["{"],
  "no object": ["[1]"],
  "null": ["null"],
  "an unknown kind": ['{"v":1,"kind":"shout"}'],
  "an id that is a number": ['{"v":1,"kind":"reply","id":7}'],
  "a part without data": ['{"v":1,"id":"a","kind":"chunk","method":"frame.part","body":{"n":0}}'],
  "a part without its beginning": ['{"v":1,"id":"a","kind":"chunk","method":"frame.part","body":{"n":1,"data":"x"}}'],
  "a part twice": [0, 1, 1].map((n) => JSON.stringify({ v: 1, id: "a", kind: "chunk", method: "frame.part", body: { n, data: "x" } })),
  "parts that make no frame": ['{"v":1,"id":"a","kind":"chunk","method":"frame.part","body":{"n":0,"last":true,"data":"x"}}'],
};
for (const [name, frames] of Object.entries(lies)) {
  test(`${name} is malformed`, () => {
    assert.throws(() => join_(frames), (e) => e instanceof FaultError && e.code === "malformed");
  });
}

test("decode never fails in another way, whatever comes", () => {
  const next = random(2);
  const seed = names.map(golden).join("");
  for (let i = 0; i < 3000; i++) {
    const at = Math.floor(next() * seed.length);
    const noise = seed.slice(at, at + Math.floor(next() * 200)) + String.fromCharCode(Math.floor(next() * 0xffff));
    try {
      decode(noise);
    } catch (e) {
      assert.ok(e instanceof FaultError && e.code === "malformed", String(e));
    }
  }
});
