import assert from "node:assert/strict";
import { test } from "node:test";
import type { Conversation, Message } from "../gen/wire";
import { dom } from "./harness";

dom();
const { parametersOf } = await import("../views/kit/conversation/dialog");
const { fileName, markdown } = await import("../views/kit/conversation/save");

test("what is typed becomes parameters; what is empty is left to the service", () => {
  assert.deepEqual(parametersOf({ temperature: "0", topP: " ", maxTokens: "50", seed: "" }), { temperature: 0, topP: undefined, maxTokens: 50, seed: undefined });
});

const names: [string, string][] = [
  ["Why is the sky blue?", "Why is the sky blue"],
  ["a/b\\c:d*e\"f<g>h|i", "a b c d e f g h i"],
  ["..", "kAI"],
  ["", "kAI"],
  ["x".repeat(200), "x".repeat(80)],
  ["ends with dots... ", "ends with dots"],
];

for (const [title, name] of names) {
  test(`a file called after ${JSON.stringify(title.slice(0, 20))} can be kept on every system`, () => assert.equal(fileName(title), name));
}

test("a conversation is a Markdown document with its pages quoted", () => {
  const c = { id: "c", title: "Sky", created: "", updated: "" } as Conversation;
  const messages = [
    { id: "1", conversation: "c", role: "user", text: "Why?", created: "", attachments: [{ type: "page", title: "A page", url: "https://x.example/", text: "long" }] },
    { id: "2", conversation: "c", role: "assistant", text: "Because.", created: "", model: "tiny" },
  ] as Message[];
  assert.equal(markdown(c, messages), "# Sky\n\n## You\n\n> A page\n> <https://x.example/>\n\nWhy?\n\n## tiny\n\nBecause.\n");
});
