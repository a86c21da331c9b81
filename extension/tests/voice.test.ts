import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { pieces, spoken } from "../views/kit/voice/spoken";
import { Voice } from "../views/kit/voice/voice";
import { dom } from "./harness";

test("what is heard of an answer has none of its marks", () => {
  for (const [markdown, heard] of [
    ["# Storks\n\nThey **winter** in _Africa_ [1], see [this page](https://x.test/a).", "Storks\nThey winter in _Africa_ , see this page."],
    ["Run:\n\n```go\nfunc main() {}\n```\n\nDone.", "Run:\nCode.\nDone."],
    ["```\nnever closed", "Code."],
    ["- one\n- `two`\n\n> three", "one\ntwo\nthree"],
    ["| a | b |\n|---|:-:|\n| 1 | 2 |", "a, b\n1, 2"],
    ["See https://kai.test/very/long?x=1 <br> ![a stork](x.png)", "See kai.test   a stork"],
    ["2 * 3 * 4 = 24", "2 * 3 * 4 = 24"],
    ["", ""],
  ] as const) assert.equal(spoken(markdown), heard, markdown);
});

test("whole sentences are said at once, as far as they fit, and nothing is lost", () => {
  const text = Array.from({ length: 40 }, (_, i) => `This is sentence ${i}.`).join(" ") + " " + "word ".repeat(200) + "x".repeat(1000);
  const all = pieces(text, "en");
  for (const p of all) assert.ok(p.length > 0 && p.length <= 240, p);
  assert.equal(all.join("").replace(/ /g, ""), text.replace(/ /g, ""));
  assert.deepEqual(pieces("One. Two.", "en"), ["One. Two."]);
});

/** Said stands in for the browser's speech: it notes what it is to say, and says it when the test wants. */
class Said {
  static queue: Said[] = [];
  voice: unknown;
  lang = "";
  rate = 1;
  onend: () => void = () => undefined;
  onerror: (e: { error: string }) => void = () => undefined;
  constructor(readonly text: string) {}
}

const anna = { name: "Anna", lang: "de-DE", localService: true, default: true };
const alex = { name: "Alex", lang: "en-US", localService: true, default: false };
const cloud = { name: "Cloud", lang: "en-US", localService: false, default: false };

beforeEach(() => {
  dom();
  Said.queue = [];
  const speech = { getVoices: () => [anna, alex, cloud], speak: (u: Said) => Said.queue.push(u), cancel: () => (Said.queue = []), onvoiceschanged: null };
  Object.defineProperty(globalThis, "navigator", { value: { language: "en-GB" }, configurable: true });
  Object.assign(globalThis, { speechSynthesis: speech, SpeechSynthesisUtterance: Said, addEventListener: () => undefined });
});

const long = "This is a sentence of some length, so that more than one piece is made of it. ".repeat(8);

test("it is off until a person turns it on, and stays as they chose", () => {
  const voice = new Voice(() => undefined);
  assert.deepEqual([voice.kept.peek().on, voice.voices.peek()], [undefined, []]);
  voice.choose({ on: true });
  voice.choose({ rate: 1.5, name: "Anna" });
  assert.deepEqual(new Voice(() => undefined).kept.peek(), { on: true, rate: 1.5, name: "Anna" });
});

test("only voices of this computer are used", () => {
  const voice = new Voice(() => undefined);
  voice.choose({ on: true });
  assert.deepEqual(voice.voices.peek().map((v) => v.name), ["Anna", "Alex"]);
});

test("an answer is read to its end, by the voice of its language or the one that was chosen", async () => {
  const voice = new Voice(() => undefined);
  voice.choose({ on: true, rate: 1.2 });
  await voice.toggle("m", long);
  assert.equal(voice.speaking.peek(), "m");
  assert.ok(Said.queue.length > 1);
  assert.deepEqual([Said.queue[0]!.voice, Said.queue[0]!.lang, Said.queue[0]!.rate], [alex, "en-US", 1.2]);
  Said.queue[0]!.onend();
  assert.equal(voice.speaking.peek(), "m", "there is more");
  Said.queue.at(-1)!.onend();
  assert.equal(voice.speaking.peek(), "");
  voice.choose({ name: "Anna" });
  await voice.toggle("m", "Hi.");
  assert.equal(Said.queue.at(-1)!.voice, anna);
});

test("pressed again it is silent, and another answer takes its place", async () => {
  const voice = new Voice(() => undefined);
  voice.choose({ on: true });
  await voice.toggle("a", long);
  const first = Said.queue.at(-1)!;
  await voice.toggle("b", "Short.");
  assert.deepEqual([voice.speaking.peek(), Said.queue.map((u) => u.text)], ["b", ["Short."]]);
  first.onerror({ error: "interrupted" });
  assert.equal(voice.speaking.peek(), "b", "what was stopped says no more");
  await voice.toggle("b", "Short.");
  assert.deepEqual([voice.speaking.peek(), Said.queue], ["", []]);
  await voice.toggle("b", "Short.");
  voice.choose({ on: false });
  assert.equal(voice.speaking.peek(), "");
});

test("a voice that fails is told", async () => {
  const wrong: unknown[] = [];
  const voice = new Voice((failing) => wrong.push(failing));
  voice.choose({ on: true });
  await voice.toggle("a", "Hi.");
  Said.queue[0]!.onerror({ error: "synthesis-failed" });
  assert.deepEqual([wrong, voice.speaking.peek()], [[undefined], ""]);
  await voice.toggle("a", "---");
  assert.equal(voice.speaking.peek(), "", "nothing to say is nothing said");
});
