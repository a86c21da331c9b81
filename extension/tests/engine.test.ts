// What the engine inside the browser reads of model files, and how it speaks Ollama's API.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Answer, paramsOf, type Question } from "../engine/chat";
import { readHead, spelled, Unfit } from "../engine/gguf";

/** A GGUF file of version 3 with one tensor of 4 × 2 numbers. */
function gguf(entries: [string, number | string][], parts: { tensor?: number; data?: number; magic?: string } = {}): Blob {
  const bytes: number[] = [];
  const u = (n: number, size: number) => { for (let i = 0; i < size; i++) bytes.push(Number((BigInt(n) >> BigInt(8 * i)) & 255n)); };
  const text = (s: string) => { const b = new TextEncoder().encode(s); u(b.length, 8); bytes.push(...b); };
  bytes.push(...new TextEncoder().encode(parts.magic ?? "GGUF"));
  u(3, 4); u(1, 8); u(entries.length + 1, 8);
  text("tokenizer.ggml.tokens"); u(9, 4); u(8, 4); u(2, 8); text("one"); text("two");
  for (const [key, value] of entries) {
    text(key);
    if (typeof value === "string") { u(8, 4); text(value); } else { u(4, 4); u(value, 4); }
  }
  text("token_embd.weight"); u(2, 4); u(4, 8); u(2, 8); u(parts.tensor ?? 0, 4); u(0, 8);
  while (bytes.length % 32) bytes.push(0);
  return new Blob([new Uint8Array([...bytes, ...new Array<number>(parts.data ?? 32).fill(0)])]);
}

const llama: [string, number | string][] = [["general.architecture", "llama"], ["general.name", "Tiny"], ["llama.context_length", 2048], ["general.file_type", 15]];

test("the head of a model file says what it is", async () => {
  assert.deepEqual(await readHead(gguf(llama)), { architecture: "llama", name: "Tiny", window: 2048, quantization: "Q4_K_M", parameters: 8 });
});

test("files that can't be used say why", async () => {
  const cases: [string, Blob, object][] = [
    ["empty", new Blob([]), { why: "not_gguf" }],
    ["other", gguf(llama, { magic: "PKzz" }), { why: "not_gguf" }],
    ["data cut", gguf(llama, { data: 31 }), { why: "truncated" }],
    ["head cut", gguf(llama).slice(0, 80), { why: "truncated" }],
    ["split", gguf([...llama, ["split.count", 3]]), { why: "split", parts: 3 }],
    ["projector", gguf([["general.architecture", "clip"]]), { why: "part" }],
    ["embedding", gguf([["general.architecture", "nomic-bert"]]), { why: "no_answers" }],
  ];
  for (const [name, file, want] of cases) {
    const wrong = await readHead(file).then(() => assert.fail(name), (error: unknown) => (error as Unfit).wrong);
    assert.deepEqual({ ...want, ...wrong }, wrong, name);
  }
});

test("a head that lies about its lengths is refused, not believed", async () => {
  const file = new Uint8Array(await gguf(llama).arrayBuffer());
  for (let at = 8; at < 60; at++) {
    const lie = file.slice();
    lie.fill(255, at, at + 8);
    const wrong = await readHead(new Blob([lie])).then(() => undefined, (error: unknown) => error);
    assert.ok(wrong === undefined || wrong instanceof Unfit, `at ${at}: ${String(wrong)}`); // a text may well be of other letters
    if (at >= 8 && at <= 16) assert.ok(wrong, `at ${at}: more entries or tensors than there are`);
  }
});

test("a type of numbers that is not known yet is left to the engine", async () => {
  assert.equal((await readHead(gguf(llama, { tensor: 200, data: 1 }))).architecture, "llama");
});

test("parameters are named as people do", () => {
  assert.deepEqual([8, 134_515_008, 999_900_000, 1_700_000_000].map(spelled), ["", "135M", "1B", "1.7B"]);
});

const question: Question = { model: "m", messages: [{ role: "user", content: "hi" }] };

test("a question reaches llama.cpp in its own words", () => {
  const params = paramsOf({
    ...question, think: false, format: { type: "object" }, options: { temperature: 0.5, num_predict: 9, stop: ["x"] },
    messages: [...question.messages, { role: "assistant", content: "", tool_calls: [{ function: { name: "clock", arguments: { zone: "UTC" } } }] }, { role: "tool", content: "12", tool_call_id: "call_0" }],
    tools: [{ type: "function", function: { name: "clock" } }],
  }) as unknown as Record<string, unknown>;
  assert.equal(params["temperature"], 0.5);
  assert.equal(params["max_tokens"], 9);
  assert.deepEqual(params["stop"], ["x"]);
  assert.deepEqual(params["chat_template_kwargs"], { enable_thinking: false });
  assert.deepEqual(params["response_format"], { type: "json_schema", json_schema: { name: "answer", schema: { type: "object" } } });
  const [, asked, told] = params["messages"] as Record<string, unknown>[];
  assert.deepEqual(asked?.["tool_calls"], [{ id: "call_0", type: "function", function: { name: "clock", arguments: '{"zone":"UTC"}' } }]);
  assert.equal(told?.["tool_call_id"], "call_0");
});

/** What an answer says for pieces of llama.cpp's. */
function said(...pieces: object[]): Record<string, any>[] {
  const lines: Record<string, any>[] = [];
  const answer = new Answer("m", (line) => lines.push(line as Record<string, unknown>));
  for (const piece of pieces) answer.take(piece as Parameters<Answer["take"]>[0]);
  answer.end();
  return lines;
}

test("an answer comes piece by piece, its thoughts apart, and with its speed", () => {
  const lines = said(
    { choices: [{ delta: { reasoning_content: "hm" }, finish_reason: null }] },
    { choices: [{ delta: { content: "Hello" }, finish_reason: null }] },
    { choices: [{ delta: {}, finish_reason: "length" }], timings: { prompt_n: 3, cache_n: 2, predicted_n: 2, predicted_ms: 4 } },
  );
  assert.deepEqual(lines.map((l) => l["message"]), [{ role: "assistant", content: "", thinking: "hm" }, { role: "assistant", content: "Hello" }, { role: "assistant", content: "" }]);
  const end = lines.at(-1)!;
  assert.deepEqual([end["done"], end["done_reason"], end["prompt_eval_count"], end["eval_count"], end["eval_duration"]], [true, "length", 5, 2, 4_000_000]);
});

test("calls of tools are put together from their pieces", () => {
  const call = (delta: object) => ({ choices: [{ delta: { tool_calls: [delta] }, finish_reason: null }] });
  const lines = said(call({ index: 0, id: "a", function: { name: "clock", arguments: "{\"zo" } }), call({ index: 0, function: { arguments: "ne\":\"UTC\"}" } }));
  assert.deepEqual(lines[0]?.["message"].tool_calls, [{ id: "a", function: { name: "clock", arguments: { zone: "UTC" } } }]);
});

test("a long text in the head is passed over, and what stands behind it is read", async () => {
  const head = await readHead(gguf([["tokenizer.chat_template", "x".repeat(9000)], ...llama]));
  assert.equal(head.architecture, "llama");
  assert.equal(head.window, 2048);
});
