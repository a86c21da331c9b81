import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerTokens, BytesPerToken, TurnTokens, type Message } from "../gen/wire";
import { Contexts, isLong, roomIn, summed, wordsOf } from "../views/kit/state/context_window";
import { Entry } from "../views/kit/state/entry";
import { settle } from "./harness";

// turn is one of 100 tokens.
const turn = (id: string, role: string, text = "x".repeat((100 - TurnTokens) * BytesPerToken)) => {
  const entry = new Entry({ id, role, text, conversation: "c", created: "" } as Message);
  return { entry, beside: [entry] };
};
const turns = [turn("1", "user"), turn("2", "assistant"), turn("3", "user"), turn("4", "assistant"), turn("5", "user")];
const context = (tokens: number) => AnswerTokens + TurnTokens + tokens; // room for this many, beside answer and instructions

const none = { system: "", prefix: "" };

const cases: [string, number, { percent: number; cut: number }][] = [
  ["half full", 1000, { percent: 50, cut: 0 }],
  ["full to the brim", 500, { percent: 100, cut: 0 }],
  ["over: the oldest question and its answer are left out", 499, { percent: 100, cut: 2 }],
  ["far over: the last question is kept", 50, { percent: 1000, cut: 4 }],
];

for (const [name, room, want] of cases) {
  test(`a context window that is ${name}`, () => assert.deepEqual(roomIn(turns, none, context(room)), want));
}

test("an answer of which nothing came takes nothing, and letters take as many bytes as they have", () => {
  assert.equal(roomIn([turn("1", "assistant", " ")], none, context(100)).percent, 0);
  assert.equal(roomIn([turn("1", "user", "é".repeat(138))], none, context(100)).percent, 100);
});

test("a persona's words take room: once before the instructions, and before each question", () => {
  const words = (n: number) => "x".repeat(n * BytesPerToken);
  assert.deepEqual(wordsOf({ injected: "P", systemPrompt: "S", prefix: "Q" }, { theme: "system", systemPrompt: "T" }), { system: "P\n\nS", prefix: "Q\n\n" });
  assert.deepEqual(wordsOf({ injected: "P" }, { theme: "system", systemPrompt: "T" }), { system: "P", prefix: "" });
  assert.deepEqual(wordsOf({}, { theme: "system", systemPrompt: "T" }), { system: "T", prefix: "" });
  assert.deepEqual(roomIn(turns, { system: words(500), prefix: "" }, context(1000)), { percent: 100, cut: 0 });
  assert.deepEqual(roomIn(turns, { system: "", prefix: words(100) }, context(1000)), { percent: 80, cut: 0 });
});

test("a summary is read instead of the turns that it stands for, and only in its branch", () => {
  assert.equal(summed(turns, { text: "x", upto: "2" }), 2);
  assert.equal(summed(turns, { text: "x", upto: "elsewhere" }), 0);
  assert.equal(summed(turns, { text: "x", upto: "5" }), 0); // the question itself is always read
  assert.equal(summed(turns, undefined), 0);
  assert.equal(wordsOf({ systemPrompt: "S", summary: { text: "Ada", upto: "2" } }, { theme: "system" }).system, "S\n\nAda");
});

test("the window of a short conversation is no matter", () => {
  assert.equal(isLong([]), false);
  assert.equal(isLong([turn("1", "user", "hello")]), false);
  assert.equal(isLong([turn("1", "user", "hello")], "x".repeat(600)), true);
  assert.equal(isLong(turns), true);
});

test("a model's window is asked for once, and again after it could not be told", async () => {
  let asked = 0;
  let fail = true;
  const contexts = new Contexts({ call: async () => { asked++; if (fail) throw new Error("away"); return { name: "m", context: 2048 }; } } as never);
  const choice = { service: "s", model: "m" };
  assert.equal(contexts.of(choice), 0);
  await settle();
  fail = false;
  contexts.of(choice);
  await settle();
  assert.equal(contexts.of(choice), 2048);
  assert.equal(asked, 2);
});
