import assert from "node:assert/strict";
import { test } from "node:test";
import type { Conversation, Message } from "../gen/wire";
import { dom } from "./harness";

dom();
const { parametersOf } = await import("../views/kit/conversation/dialog");
const { fileName, html, json, markdown } = await import("../views/kit/conversation/save");

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

const called = {
  id: "2", conversation: "c", role: "assistant", text: "I look.\n\nThere are two.", created: "", model: "tiny",
  tools: [
    { name: "search_conversations", arguments: `{"words":"otters"}`, at: 9, round: 0, state: "done", result: "## You\n<b>two</b>", cut: true },
    { name: "lamp", arguments: "{}", at: 9, round: 0, state: "refused" },
  ],
} as Message;

test("what is saved as Markdown shows each call with its arguments and result, where it was made", () => {
  const c = { id: "c", title: "Otters", created: "", updated: "" } as Conversation;
  assert.equal(markdown(c, [called]), `# Otters

## tiny

I look.

> **Search conversations** (done)
>
> With:
>
>     words: otters
>
> Result:
>
>     ## You
>     <b>two</b>
>
> The result was longer; this is what the model was given.

> **lamp** (not allowed)

There are two.
`);
});

test("what is saved as a page shows them too, and what a tool said is text", async () => {
  const out = await html({ id: "c", title: "Otters", created: "", updated: "" } as Conversation, [called], {});
  const at = (text: string) => out.indexOf(text);
  assert.ok(at("I look.") < at("Search conversations") && at("words: otters") < at("There are two."), out);
  assert.match(out, /<pre>## You\n&#60;b&#62;two&#60;\/b&#62;<\/pre>/);
});

test("what is saved as JSON has them whole", () => {
  const c = { id: "c", title: "Otters", created: "", updated: "" } as Conversation;
  assert.deepEqual(JSON.parse(json(c, [called], {})).messages[0].tools, called.tools);
});
