import assert from "node:assert/strict";
import { test } from "node:test";
import { readPersonas, readPrompts, writeItem } from "../views/kit/shelf/files";
import { tuneOf } from "../views/kit/shelf/persona";
import { filled, placesOf } from "../prompts/template";
import { random } from "./harness";

test("places are found once each, and filled without touching anything else", () => {
  assert.deepEqual(placesOf("{{a}} and {{ b c }} and {{a}}, not {{}} nor {x} nor {{ }}"), ["a", "b c"]);
  assert.equal(filled("{{a}}-{{ b }}-{{c}}", { a: "{{b}}", b: "$&" }), "{{b}}-$&-{{c}}");
  assert.equal(filled("{{constructor}}", {}), "{{constructor}}");
});

test("what is written is read again, with what is not known here", () => {
  const prompt = { id: "p", name: "Explain", template: "Explain {{it}}", tags: ["a"], inputs: [{ name: "it" }], contextScope: "user", version: 3, createdAt: "2026", own: { x: 1 } };
  assert.deepEqual(readPrompts(writeItem(prompt)), [prompt]);
  const persona = { id: "q", name: "Pirate", injections: { system_prompt: "Arr" }, voice: { avatar_url: "a", tts_profile: "deep" }, memory_filters: { priority_tags: ["x"] } };
  assert.deepEqual(readPersonas(writeItem(persona)), [persona]);
  assert.deepEqual(readPrompts(JSON.stringify([prompt, { ...prompt, id: "r", inputs: ["it"] }])).map((p) => p.inputs), [[{ name: "it" }], [{ name: "it" }]]);
  assert.match(readPrompts('{"name":"x","template":"y"}')[0]!.id, /^[0-9a-f-]{36}$/, "an id is given to what has none");
});

const bad: [string, RegExp, typeof readPrompts | typeof readPersonas][] = [
  ['{\n"name": "x",\n"template": }', /Line 3 /, readPrompts],
  ["", /Line 1 /, readPrompts],
  ["[]", /nothing/, readPrompts],
  ["7", /no object/, readPrompts],
  ['[{"name":"x","template":"y"}, 7]', /\[1\]/, readPrompts],
  ['{"template":"y"}', /“name” is missing/, readPrompts],
  ['{"name":"x"}', /“template” is missing/, readPrompts],
  ['[{"name":"x","template":"y","tags":[7]}]', /“\[0\]\.tags”/, readPrompts],
  ['{"name":"x","template":"y","inputs":[{}]}', /“inputs”/, readPrompts],
  ['{"name":"x","template":"y","contextScope":"all"}', /“contextScope”/, readPrompts],
  ['{"name":"x","injections":{"user_prefix":1}}', /“injections”/, readPersonas],
  ['{"name":"x","tone":{"humor":[]}}', /“tone”/, readPersonas],
];

test("a bad file is refused with its field or line", () => {
  for (const [file, message, read] of bad) assert.throws(() => read(file), message, file);
});

test("no file breaks the readers", () => {
  const good = '{"id":"p","name":"Explain","template":"{{it}}","tags":["a"],"inputs":[{"name":"it"}],"tone":{"humor":1},"injections":{"user_prefix":"x"}}';
  const next = random(7);
  for (let i = 0; i < 2000; i++) {
    const at = Math.floor(next() * good.length);
    const file = good.slice(0, at) + '{}[]",:x1'[Math.floor(next() * 9)] + good.slice(at + Math.floor(next() * 3));
    for (const read of [readPrompts, readPersonas]) {
      try {
        for (const item of read(file)) assert.equal(typeof item.name, "string");
      } catch (error) {
        assert.match((error as Error).message, /^(Line \d+|The field “|The file|There is nothing)/);
      }
    }
  }
});

test("a persona's words stand in order, and leave nothing behind when it goes", () => {
  const persona = { id: "p", name: "P", tone: { humor: "dry", energy: 0.2, formality: "" }, injections: { safety_prefix: "Safe.", system_prompt: " You are P. ", user_prefix: "Say:" } };
  assert.deepEqual(tuneOf(persona), { persona: "p", injected: "Safe.\n\nYou are P.\n\nTone: humor: dry, energy: 0.2.", prefix: "Say:" });
  assert.deepEqual(tuneOf(undefined), { persona: "", injected: "", prefix: "" });
});
