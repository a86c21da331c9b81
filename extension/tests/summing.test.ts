import { signal } from "@preact/signals";
import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../bridge/fault";
import type { Conversation, ServiceProgress } from "../gen/wire";
import type { App } from "../views/kit/state/app";
import { saying, Summing } from "../views/kit/conversation/summing";
import { settle } from "./harness";

const conversation = (more: Partial<Conversation> = {}) => ({ id: "c", title: "t", created: "", updated: "", ...more }) as Conversation;
const mark = { summing: { id: "w" } };

/** A view of a conversation, over an assistant whose writings the test ends. */
function open(first: Conversation | undefined) {
  const current = signal(first);
  const companion = signal({ state: "connected" });
  const asked: { id: string; stop?: boolean }[] = [];
  const notices: string[] = [];
  const complaints: string[] = [];
  const streams: { tell: (p: ServiceProgress) => void; done: (c: Conversation) => void; fail: (e: unknown) => void; signal?: AbortSignal }[] = [];
  const stream = (_: string, body: { id: string; stop?: boolean }, tell: (p: ServiceProgress) => void, options?: { signal?: AbortSignal }) => {
    asked.push(body);
    return new Promise<Conversation>((done, fail) => streams.push({ tell, done, fail, signal: options?.signal }));
  };
  const app = {
    current, companion, client: { stream }, put: (c: Conversation) => (current.value = c), complain: (e: Error) => complaints.push(e.message),
    attempt: (work: Promise<unknown>) => work.then(() => true, () => false), notices: { show: (text: string) => notices.push(text) },
  };
  return { summing: new Summing(app as unknown as App), current, companion, asked, notices, complaints, streams };
}

test("a conversation that is being summed up is followed once it is opened", async () => {
  const v = open(undefined);
  assert.deepEqual(v.asked, []);
  v.current.value = conversation(mark);
  assert.deepEqual(v.asked, [{ id: "c" }]);
  v.streams[0]!.tell({ status: "reading", completed: 1, total: 4 });
  assert.equal(saying(v.summing.progress.value!), "Read 1 of 4 messages");
  v.current.value = conversation({ ...mark, title: "renamed" });
  assert.equal(v.asked.length, 1, "once");
  v.streams[0]!.done(conversation({ summary: { text: "s", upto: "m" } }));
  await settle();
  assert.equal(v.summing.progress.value, undefined);
  assert.equal(v.notices.length, 1, "who does not look at it is told");
});

test("one that was given up says why, and is tried again when the person wants", async () => {
  const v = open(conversation({ summing: { id: "w", fault: { code: "unavailable", message: "Ollama is away", remedy: "start it" } } }));
  assert.equal(v.summing.wrong.value, "Ollama is away. Start it.");
  assert.deepEqual(v.asked, []);
  v.summing.shown.value = true;
  void v.summing.write();
  assert.equal(v.summing.wrong.value, "");
  v.streams[0]!.fail(fault("unavailable", "still away"));
  await settle();
  assert.equal(v.summing.wrong.value, "Still away.");
  assert.deepEqual(v.complaints, [], "the dialog shows it");
});

test("leaving the conversation ends the following, not the writing", async () => {
  const v = open(conversation(mark));
  v.current.value = { ...conversation(), id: "other" };
  assert.equal(v.streams[0]!.signal?.aborted, true);
  assert.equal(v.summing.progress.value, undefined);
  v.streams[0]!.fail(fault("canceled", "stopped"));
  await settle();
  assert.equal(v.summing.wrong.value, "");
  assert.deepEqual(v.asked, [{ id: "c" }], "nobody was told to stop");
});

test("what kai writes is followed again once kai is back", async () => {
  const v = open(conversation(mark));
  v.streams[0]!.fail(fault("unavailable", "kai ended the connection"));
  await settle();
  assert.equal(v.asked.length, 1);
  v.companion.value = { state: "connecting" };
  v.current.value = conversation({ ...mark, title: "renamed" });
  await settle();
  v.companion.value = { state: "failed" };
  assert.equal(v.asked.length, 1, "it goes on there: the assistant here would write it a second time");
  v.companion.value = { state: "connected" };
  assert.equal(v.asked.length, 2);
  v.streams.at(-1)!.done(conversation({ summary: { text: "s", upto: "m" } }));
  await settle();
  assert.equal(v.summing.progress.value, undefined);
});

test("nothing is followed before it is known whether kai is there", () => {
  const v = open(undefined);
  v.companion.value = { state: "connecting" };
  v.current.value = conversation(mark);
  assert.equal(v.asked.length, 0);
  v.companion.value = { state: "absent" };
  assert.equal(v.asked.length, 1);
});

test("cancelling ends it everywhere", () => {
  const v = open(conversation(mark));
  void v.summing.cancel();
  assert.deepEqual(v.asked[1], { id: "c", stop: true });
});

test("waiting and trying again are told apart", () => {
  assert.notEqual(saying({ status: "waiting" }), saying({ status: "again" }));
});
