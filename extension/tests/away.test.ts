import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../bridge/client";
import { copyWanted, wantCopy } from "../bridge/copy";
import { Line, dom, settle } from "./harness";

const page = dom();
Object.assign(globalThis, { SharedWorker: function () { return undefined; }, isSecureContext: true });
Object.defineProperty(globalThis, "navigator", { value: { locks: { request: (_: string, work: () => Promise<void>) => work() }, serviceWorker: {} }, configurable: true });
const { questions, takeBack, waitFor, askWaiting } = await import("../views/kit/state/questions");

function at(address: string): void {
  page.reconfigure({ url: address });
  Object.assign(globalThis, { location: page.window.location, localStorage: page.window.localStorage });
  localStorage.clear();
}

test("a copy is kept by itself on this computer alone, and never by itself where a password guards kai", () => {
  for (const [address, guarded, want] of [
    ["http://127.0.0.1:8080/", false, true], ["http://localhost:8080/", false, true], ["http://127.0.0.1:8080/", true, false],
    ["https://kai.example/", false, false], ["https://kai.example/", true, false],
  ] as const) {
    at(address);
    assert.equal(copyWanted(guarded), want, address);
    wantCopy(!want);
    assert.equal(copyWanted(guarded), !want, `${address}, as the person said`);
  }
});

test("one question waits in a conversation, and any number of new ones", () => {
  at("http://127.0.0.1:8080/");
  assert.ok(waitFor("a", "one"));
  assert.ok(!waitFor("a", "two"));
  assert.ok(waitFor("", "new") && waitFor("", "newer"));
  takeBack(questions.peek()[0]!.id);
  assert.ok(waitFor("a", "two"));
  assert.deepEqual(questions.peek().map((q) => q.text), ["new", "newer", "two"]);
});

test("what waits is asked in order; what did not get through goes on waiting, and a conversation that is gone begins anew", async () => {
  at("http://127.0.0.1:8080/");
  for (const [conversation, text] of [["kept", "first"], ["gone", "second"], ["busy", "third"]] as const) waitFor(conversation, text);
  const asked: string[] = [];
  const call = async (_: string, q: { conversation?: string; text: string }) => {
    asked.push(`${q.conversation ?? "new"}: ${q.text}`);
    const { FaultError } = await import("../bridge/fault");
    if (q.conversation === "gone") throw new FaultError({ code: "not_found", message: "gone" });
    if (q.conversation === "busy") throw new FaultError({ code: "conflict", message: "busy" });
    return { conversation: { id: "c" } };
  };
  const app = { client: { call }, context: "tab", put: () => undefined, open: () => undefined, thread: { id: { peek: () => "x" } }, attempt: (work: Promise<unknown>) => work.catch(() => undefined) };
  await askWaiting(app as never);
  assert.deepEqual(asked, ["kept: first", "gone: second", "new: second", "busy: third"]);
  assert.deepEqual(questions.peek().map((q) => q.text), ["third"]);
});

test("a client that moves is never lost on the way, and what is asked meanwhile waits", async () => {
  const lines: Line[] = [];
  const connect = async () => (lines.push(new Line().greet((e) => lines.at(-1)!.say({ id: e.id, kind: "reply", body: { n: lines.length } }))), lines.at(-1)!);
  const client = new Client({ context: "tab", version: "t", connect, listen: () => () => undefined, wait: async () => assert.fail("it paused") });
  const states: string[] = [];
  client.onlink = (link) => states.push(link.state);
  client.start();
  await settle();
  client.move();
  const answer = client.call("state.snapshot", {});
  await settle();
  assert.deepEqual(await answer, { n: 2 });
  assert.deepEqual(states, ["ready", "ready"]);
  client.close();
});
