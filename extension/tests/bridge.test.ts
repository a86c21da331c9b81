import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../bridge/client";
import { Connection, type Transport } from "../bridge/connection";
import { fault, FaultError, readFault } from "../bridge/fault";
import { followRun } from "../bridge/follow";
import { isNews } from "../bridge/news";
import type { News, RunDelta } from "../gen/wire";
import { Line, settle } from "./harness";

const hello = { min: 1, max: 1, app: "kai-view", version: "t", instance: "v" };
const coded = (code: string) => (e: unknown) => e instanceof FaultError && e.code === code;

test("a call is answered under its id, whatever the order of the answers", async () => {
  const line = new Line().greet();
  const c = new Connection(line, hello);
  await c.ready;
  const first = c.call("conversation.get", { id: "1" });
  const second = c.call("conversation.get", { id: "2" });
  const [, a, b] = line.sent;
  line.say({ id: b!.id, kind: "reply", body: { id: "2" } });
  line.say({ id: a!.id, kind: "reply", body: { id: "1" } });
  assert.equal((await second).id, "2");
  assert.equal((await first).id, "1");
});

test("hello is answered with our own; other requests are refused", async () => {
  const line = new Line().greet();
  const c = new Connection(line, hello);
  await c.ready;
  line.say({ id: "hello", kind: "request", method: "hello", body: hello });
  line.say({ id: "9", kind: "request", method: "rm" });
  assert.deepEqual(line.sent.slice(-2), [
    { v: 1, id: "hello", kind: "reply", body: hello },
    { v: 1, id: "9", kind: "reply", fault: { code: "unsupported", message: "a view answers no requests" } },
  ]);
});

test("versions that do not meet end the connection in words", async () => {
  const line = new Line();
  line.reply = (e) => line.say({ id: e.id, kind: "reply", body: { ...hello, min: 2, max: 3 } });
  const c = new Connection(line, hello);
  await assert.rejects(c.ready, coded("unsupported"));
  await settle();
  assert.ok(line.closed);
});

test("a fault keeps code, message and remedy; an unknown code reads as internal", async () => {
  const line = new Line().greet((e) => line.say({ id: e.id, kind: "reply", fault: { code: "exhausted", message: "full", remedy: "clear" } }));
  const c = new Connection(line, hello);
  await c.ready;
  await assert.rejects(c.call("data.deleteAll", {}), (e) => coded("exhausted")(e) && (e as FaultError).remedy === "clear");
  assert.equal(readFault({ code: "brand_new", message: "x" }).code, "internal");
  assert.equal(readFault(7).code, "internal");
});

test("when the connection closes, every pending call fails at once, and later ones too", async () => {
  const line = new Line().greet();
  const c = new Connection(line, hello);
  await c.ready;
  const calls = [c.call("search", { words: "a" }), c.stream("run.attach", { run: "r", from: 0 }, () => undefined)];
  line.onclose("gone");
  for (const call of calls) await assert.rejects(call, coded("unavailable"));
  await assert.rejects(c.call("search", { words: "b" }), coded("unavailable"));
});

test("a stream hands over chunks in order and grants credit as they are taken", async () => {
  const line = new Line().greet();
  const c = new Connection(line, hello);
  await c.ready;
  const got: number[] = [];
  const end = c.stream("run.attach", { run: "r", from: 0 }, (d) => got.push(d.n));
  const id = line.sent.at(-1)!.id;
  for (let n = 1; n <= 40; n++) line.say({ id, kind: "chunk", body: { n } });
  const credits = line.sent.filter((e) => e.method === "stream.credit").map((e) => (e.body as { n: number }).n);
  assert.deepEqual(credits, [16, 16]);
  line.say({ id, kind: "reply", body: {} });
  await end;
  assert.deepEqual(got, Array.from({ length: 40 }, (_, i) => i + 1));
});

test("stopping cancels there, fails here, and deafens to what still comes", async () => {
  const line = new Line().greet();
  const c = new Connection(line, hello);
  await c.ready;
  const stop = new AbortController();
  const got: unknown[] = [];
  const end = c.stream("run.attach", { run: "r", from: 0 }, (d) => got.push(d), { signal: stop.signal });
  const id = line.sent.at(-1)!.id;
  stop.abort();
  await assert.rejects(end, coded("canceled"));
  assert.deepEqual(line.sent.at(-1), { v: 1, id, kind: "cancel" });
  line.say({ id, kind: "chunk", body: { n: 1 } });
  line.say({ id, kind: "reply", body: {} });
  assert.equal(got.length, 0);
});

test("a frame that is not the protocol ends the connection as malformed", async () => {
  const line = new Line().greet();
  const c = new Connection(line, hello);
  await c.ready;
  const call = c.call("search", { words: "a" });
  line.onframe("<html>");
  await assert.rejects(call, coded("malformed"));
  assert.ok(line.closed);
});

/** client makes one whose connections are the given lines, in order, and whose pauses take no time. */
function client(lines: (Line | FaultError)[], listen?: (take: (n: News) => void) => () => void): Client {
  let at = 0;
  return new Client({
    context: "tab", version: "t", listen,
    connect: (): Promise<Transport> => {
      const line = lines[at++];
      if (!line) return new Promise(() => undefined);
      return line instanceof FaultError ? Promise.reject(line) : Promise.resolve(line);
    },
    wait: () => Promise.resolve(),
  });
}

test("a call made before there is a connection waits for it", async () => {
  const line = new Line().greet((e) => line.say({ id: e.id, kind: "reply", body: { hits: [], millis: 1 } }));
  const c = client([fault("unavailable", "starting"), line], () => () => undefined);
  const call = c.call("search", { words: "a" });
  c.start();
  assert.deepEqual((await call).hits, []);
  c.close();
});

test("a lost connection is made again, and the link says so", async () => {
  const first = new Line().greet();
  const second = new Line().greet();
  const c = client([first, second], () => () => undefined);
  const states: string[] = [];
  c.onlink = (l) => states.push(l.state);
  c.start();
  await settle();
  first.onclose("gone");
  await settle();
  assert.deepEqual(states, ["ready", "lost", "ready"]);
  c.close();
});

test("a runtime that cannot start fails what waits, with its own words", async () => {
  const c = client([fault("internal", "no WebAssembly here")], () => () => undefined);
  const call = c.call("search", { words: "a" });
  c.start();
  await assert.rejects(call, /no WebAssembly here/);
  assert.equal(c.link.state, "failed");
  c.close();
});

test("where no channel brings news, they are asked for", async () => {
  const line = new Line().greet();
  const c = client([line]);
  const news: News[] = [];
  c.onnews = (n) => news.push(n);
  c.start();
  await settle();
  const watch = line.sent.find((e) => e.method === "state.watch");
  line.say({ id: watch!.id, kind: "chunk", body: { type: "state_update", context: "popup", data: { id: "1", origin: "o" }, timestamp: 1 } });
  assert.equal(news[0]?.context, "popup");
  c.close();
});

test("a run is followed over a lost connection from the last delta, and none is heard twice", async () => {
  const asked: number[] = [];
  const replies: RunDelta[][] = [[{ n: 1, text: "a" }, { n: 2, text: "b" }], [{ n: 2, text: "b" }, { n: 3, text: "c" }, { n: 4, state: "done" }]];
  const pretend = {
    stream: (_: string, body: { from: number }, each: (d: RunDelta) => void) => {
      asked.push(body.from);
      for (const d of replies.shift() ?? []) each(d);
      return replies.length > 0 ? Promise.reject(fault("unavailable", "gone")) : Promise.resolve({});
    },
  } as unknown as Client;
  let text = "";
  await new Promise<void>((done) => {
    followRun(pretend, "r", 0, {
      delta: (d) => { text += d.text ?? ""; if (d.state) done(); },
      lost: () => assert.fail("lost"),
    }, () => Promise.resolve());
  });
  assert.deepEqual(asked, [0, 2]);
  assert.equal(text, "abc");
});

test("a run that is not known any more is told as lost, once", async () => {
  const pretend = { stream: () => Promise.reject(fault("not_found", "no such run")) } as unknown as Client;
  const reason = await new Promise<FaultError>((lost) => followRun(pretend, "r", 0, { delta: () => undefined, lost }, () => Promise.resolve()));
  assert.equal(reason.code, "not_found");
});

test("what is posted on the channel by others is no news", () => {
  for (const raw of [null, 7, "x", {}, { type: "state_update" }, { type: "x", data: {} }]) assert.equal(isNews(raw), false);
  assert.ok(isNews({ type: "state_update", context: "tab", data: { id: "1", origin: "o" }, timestamp: 1 }));
});
