import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../bridge/client";
import { ToolChoices } from "../views/kit/state/tools";
import { own } from "../views/kit/tools/own";
import { readable } from "../views/kit/tools/words";

/** library is a client that keeps the one record. */
function library() {
  let body: unknown;
  const call = (_: string, asked: { id: string; body?: unknown }) => {
    if (asked.id) body = asked.body;
    return Promise.resolve({ records: [{ kind: "setting", id: "settings", version: "1", body: {} }, ...(body ? [{ kind: "setting", id: "tools", version: "1", body }] : [])] });
  };
  return { client: { call } as unknown as Pick<Client, "call">, kept: () => body };
}

const [time, search] = own as [typeof own[0], typeof own[0]];

test("a tool is off until it is turned on, and then kept with what models are told of it", async () => {
  const { client, kept } = library();
  const choices = new ToolChoices(client);
  await choices.load();
  assert.equal(choices.of(search), "");
  await choices.choose(search, "ask");
  await choices.choose(time, "always");
  assert.deepEqual(kept(), { tools: [{ ...search, choice: "ask" }, { ...time, choice: "always" }] });
  await choices.change("search_conversations", "");
  assert.deepEqual(choices.on.value.map((t) => t.name), ["current_time"]);
});

test("a tool of the same name from elsewhere is another one", async () => {
  const choices = new ToolChoices(library().client);
  await choices.choose({ name: "search_conversations", source: "mcp sums" }, "always");
  assert.equal(choices.of(search), "");
});

test("another view's choice shows here", async () => {
  const choices = new ToolChoices(library().client);
  await choices.load();
  choices.apply({ kind: "setting", id: "tools", version: "2", body: { tools: [{ ...time, choice: "ask" }] } });
  assert.equal(choices.of(time), "ask");
});

test("arguments are shown one a line, and what is no object as it came", () => {
  assert.equal(readable('{"a":"x\\ny","n":1,"o":{"k":[true]}}'), 'a: x\ny\nn: 1\no: {"k":[true]}');
  assert.equal(readable("[1]"), "[1]");
  assert.equal(readable("{not json"), "{not json");
});

test("the own tools have what servers take", () => {
  for (const tool of own) assert.match(tool.name, /^[a-z_]{1,64}$/);
});
