// Model files that come from an address: what is here is not fetched twice, and what is another file by now is not mixed with it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, test } from "node:test";
import { fetchWhole } from "../engine/coming";
import { Unfit } from "../engine/gguf";
import type { Note, Shelf } from "../engine/shelf";

const whole = new TextEncoder().encode("GGUF" + "0123456789".repeat(20));
const sum = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Disk is a shelf in memory with one file. */
class Disk {
  bytes = new Uint8Array();
  notes: number[] = [];
  size = () => Promise.resolve(this.bytes.length);
  file = () => Promise.resolve(new Blob([this.bytes]));
  note = (n: Note) => Promise.resolve(void this.notes.push(n.size));
  open = () => Promise.resolve({
    truncate: (n: number) => void (this.bytes = this.bytes.slice(0, n)),
    write: (piece: Uint8Array, { at }: { at: number }) => {
      const grown = new Uint8Array(Math.max(this.bytes.length, at + piece.length));
      grown.set(this.bytes);
      grown.set(piece, at);
      this.bytes = grown;
      return piece.length;
    },
    flush: () => undefined,
    close: () => undefined,
  });
}

const realFetch = globalThis.fetch;
let ranges: (string | undefined)[] = [];
let free = 1e9;

/** serve answers requests in turn; the last one again and again. */
function serve(...answers: ((from: number) => Response)[]): void {
  globalThis.fetch = ((_: string, init: { headers: Record<string, string> }) => {
    const range = init.headers["range"];
    ranges.push(range);
    const next = answers.length > 1 ? answers.shift()! : answers[0]!;
    return Promise.resolve(next(Number(/\d+/.exec(range ?? "0")![0])));
  }) as unknown as typeof fetch;
}

const headers = (size: number, tag: string) => ({ "content-length": String(size), etag: tag });
const all = (tag = "a", bytes = whole) => () => new Response(bytes, { headers: headers(bytes.length, tag) });
const part = (tag = "a", bytes = whole) => (from: number) =>
  new Response(bytes.slice(from), { status: 206, headers: { ...headers(bytes.length - from, tag), "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } });
const cutAfter = (n: number, tag = "a") => () => {
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (c) => (sent ? c.error(new TypeError("network error")) : (sent = true, c.enqueue(whole.slice(0, n)))),
  }, { highWaterMark: 0 });
  return new Response(body, { headers: headers(whole.length, tag) });
};

beforeEach(() => {
  ranges = [];
  free = 1e9;
  Object.defineProperty(globalThis, "navigator", { value: { storage: { estimate: () => Promise.resolve({ quota: free, usage: 0 }) } }, configurable: true });
});
afterEach(() => void (globalThis.fetch = realFetch));

const note = (): Note => ({ id: "x", name: "x", address: "http://x.test/x.gguf", size: 0, sha256: "", architecture: "", parameters: "", quantization: "", window: 0, done: false, tag: "" });

async function bring(disk: Disk, n = note()): Promise<string> {
  return fetchWhole(disk as unknown as Shelf, n, () => undefined, new AbortController().signal);
}

const wrongOf = (disk: Disk, n = note()) => bring(disk, n).then(() => assert.fail("it came"), (error: unknown) => (error as Unfit).wrong);

test("a file that is cut goes on where it was, and its sum is of all of it", async () => {
  const disk = new Disk();
  serve(cutAfter(50), part());
  assert.equal(await bring(disk), sum(whole));
  assert.deepEqual([disk.bytes, ranges], [whole, [undefined, "bytes=50-"]]);
});

test("a server that gives no parts gives all of it again", async () => {
  const disk = new Disk();
  serve(cutAfter(50), all());
  assert.equal(await bring(disk), sum(whole));
  assert.deepEqual(disk.bytes, whole);
});

test("what is another file by now begins anew", async () => {
  const other = new TextEncoder().encode("GGUF" + "x".repeat(300));
  const disk = new Disk();
  serve(cutAfter(50), part("b", other), all("b", other));
  assert.equal(await bring(disk), sum(other));
  assert.deepEqual([disk.bytes, ranges], [other, [undefined, "bytes=50-", undefined]]);
});

test("a file that was here to its last byte is not fetched again", async () => {
  const disk = Object.assign(new Disk(), { bytes: whole });
  serve(() => new Response("", { status: 416 }));
  assert.equal(await bring(disk, { ...note(), size: whole.length }), sum(whole));
});

test("who never gets on gives up, with what came kept", async () => {
  const disk = new Disk();
  serve(cutAfter(50), () => new Response(new ReadableStream({ pull: (c) => c.error(new TypeError("network error")) }), { status: 206, headers: { ...headers(whole.length - 50, "a"), "content-range": `bytes 50-${whole.length - 1}/${whole.length}` } }));
  globalThis.setTimeout = ((f: () => void) => realTimeout(f, 0)) as typeof setTimeout;
  assert.deepEqual(await wrongOf(disk), { why: "cut" });
  globalThis.setTimeout = realTimeout;
  assert.deepEqual([disk.bytes.length, ranges.length], [50, 4]);
});
const realTimeout = globalThis.setTimeout;

test("what does not fit is refused before a byte of it is kept", async () => {
  free = 100;
  const disk = new Disk();
  serve(all());
  assert.deepEqual(await wrongOf(disk), { why: "no_room", size: whole.length, free: 100 });
  assert.deepEqual([disk.bytes.length, disk.notes], [0, []]);
});

test("what is no model is found out by its first bytes", async () => {
  const disk = new Disk();
  serve(() => new Response("<!doctype html>"));
  assert.deepEqual(await wrongOf(disk), { why: "not_gguf" });
  assert.equal(disk.bytes.length, 0);
});
