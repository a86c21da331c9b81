import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FaultError } from "../bridge/fault";
import { cut, decode, encode, Joiner } from "../bridge/frames";
import type { Envelope } from "../gen/wire";
import { folder, random, source } from "./harness";

const fromGo = JSON.parse(source("tests", "testdata", "go_frames.json")) as string[];

function join_(frames: string[]): Envelope[] {
  const joiner = new Joiner();
  return frames.map((f) => joiner.accept(f)).filter((e) => e !== undefined);
}

test("frames that the Go side wrote are read, parts put together", () => {
  const [hello, helloReply, refused, first, , , end, parted, ...more] = join_(fromGo);
  assert.equal(hello?.method, "hello");
  assert.deepEqual(helloReply?.body, { min: 1, max: 1, app: "kai-runtime", version: "0.1.0", instance: "i1" });
  assert.deepEqual(refused?.fault, { code: "not_found", message: "this conversation is not here any more", field: "id", remedy: "choose another one" });
  assert.deepEqual(first?.body, { n: 1, text: 'α < "b" & \n 🦊' });
  assert.equal(end?.kind, "reply");
  assert.equal((parted?.body as { title: string }).title, 'a long title, 🦊 "quoted"\n'.repeat(40));
  assert.equal(more.length, 0);
});

test("golden frames shared with the Go tests are read", (t) => {
  const shared = join(folder, "..", "..", "shared", "protocol", "testdata");
  if (!existsSync(shared)) return t.skip("there are none");
  for (const name of readdirSync(shared).filter((f) => f.endsWith(".json"))) {
    const frames = JSON.parse(readFileSync(join(shared, name), "utf8")) as unknown;
    if (Array.isArray(frames) && frames.every((f) => typeof f === "string")) assert.ok(join_(frames).length > 0, name);
  }
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
  const seed = fromGo.join("");
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
