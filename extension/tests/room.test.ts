import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerTokens, BytesPerToken, TurnTokens, type Message } from "../gen/wire";
import { Contexts, isLong, roomIn } from "../views/kit/state/context_window";
import { Entry } from "../views/kit/state/entry";
import { settle } from "./harness";

// turn is one of 100 tokens.
const turn = (id: string, role: string, text = "x".repeat((100 - TurnTokens) * BytesPerToken)) => {
  const entry = new Entry({ id, role, text, conversation: "c", created: "" } as Message);
  return { entry, beside: [entry] };
};
const turns = [turn("1", "user"), turn("2", "assistant"), turn("3", "user"), turn("4", "assistant"), turn("5", "user")];
const context = (tokens: number) => AnswerTokens + TurnTokens + tokens; // room for this many, beside answer and instructions

const cases: [string, number, { percent: number; cut: number }][] = [
  ["half full", 1000, { percent: 50, cut: 0 }],
  ["full to the brim", 500, { percent: 100, cut: 0 }],
  ["over: the oldest question and its answer are left out", 499, { percent: 100, cut: 2 }],
  ["far over: the last question is kept", 50, { percent: 1000, cut: 4 }],
];

for (const [name, room, want] of cases) {
  test(`a context window that is ${name}`, () => assert.deepEqual(roomIn(turns, "", context(room)), want));
}

test("an answer of which nothing came takes nothing, and letters take as many bytes as they have", () => {
  assert.equal(roomIn([turn("1", "assistant", " ")], "", context(100)).percent, 0);
  assert.equal(roomIn([turn("1", "user", "é".repeat(138))], "", context(100)).percent, 100);
});

test("the window of a short conversation is no matter", () => {
  assert.equal(isLong([]), false);
  assert.equal(isLong([turn("1", "user", "hello")]), false);
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
