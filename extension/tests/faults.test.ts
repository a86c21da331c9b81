import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { speak } from "../strings";
import { speakFaults, told } from "../strings/faults";
import { Phrases, type Texts } from "../strings/faults/phrases";
import { phrasesIn } from "../strings/faults/texts";
import { sentence } from "../views/kit/state/app";

afterEach(() => speak("en"));

const in4 = (de: string) => ({ de, es: de, fr: de, "zh-Hans": de });
const say = (texts: Record<string, string>, text: string) =>
  new Phrases(Object.fromEntries(Object.entries(texts).map(([k, de]) => [k, in4(de)])) as Texts, "de").say(text);

for (const [what, texts, text, want] of [
  ["a whole text", { "the file is gone": "die Datei ist weg" }, "the file is gone", "die Datei ist weg"],
  ["what varies", { "no model %s here": "hier ist kein Modell {1}" }, "no model gemma3:270m here", "hier ist kein Modell gemma3:270m"],
  ["another order", { "%s sent %d of %d": "{3}, davon {2} von {1}" }, "Ollama sent 3 of 5", "5, davon 3 von Ollama"],
  ["a percent sign", { "%d %% of the disk": "{1} % der Platte" }, "90 % of the disk", "90 % der Platte"],
  ["what is quoted, with the next words in it", { "the tool %.80q of %s": "{2}: {1}" }, `the tool "a of \\" b" of kai`, `kai: "a of \\" b"`],
  ["nothing at the end", { "%s failed%s": "{1} ging nicht{2}" }, "Ollama failed", "Ollama ging nicht"],
  ["the longer of two that fit", { "%s failed": "kurz {1}", "%s failed inside kAI: %s": "lang {1}, {2}" }, "x failed inside kAI: y failed", "lang x, kurz y"],
  ["a fault in another", { "reading %s: %w": "beim Lesen von {1}: {2}", "the disk is full": "die Platte ist voll" }, "reading a.txt: exhausted: the disk is full", "beim Lesen von a.txt: die Platte ist voll"],
  ["a fault after what it is about", { "this key is missing": "dieser Schlüssel fehlt" }, "networking.port: this key is missing", "networking.port: dieser Schlüssel fehlt"],
  ["a message and its remedy in a line", { "%s is off": "{1} ist aus", "turn it on": "schalte es ein" }, "sync is off; turn it on", "sync ist aus; schalte es ein"],
  ["a message and its remedy as sentences", { "%s is off": "{1} ist aus", "turn it on": "schalte es ein" }, "Sync is off. Turn it on.", "Sync ist aus. Schalte es ein."],
  ["a quoted text as it is, even if it is known", { "no kind %q": "keine Art {1}", "the disk is full": "voll" }, `no kind "the disk is full"`, `keine Art "the disk is full"`],
  ["places in what varies as they are", { "no model %s here": "kein {1}" }, "no model {1} $& here", "kein {1} $&"],
] as [string, Record<string, string>, string, string][]) {
  test(`a fault is told in another language: ${what}`, () => assert.equal(say(texts, text), want));
}

for (const [what, texts, text] of [
  ["nothing knows it", { "the file is gone": "x" }, "the file was gone"],
  ["a number is none", { "%d models here": "x" }, "many models here"],
  ["something comes after it", { "the file %q": "x" }, `the file "a" and more`],
  ["only a word of it is known", { "write %s": "x" }, "write one such as a@b"],
  ["it is longer than any sentence", { "no %s here": "x" }, `no ${"a".repeat(4_000)} here`],
] as [string, Record<string, string>, string][]) {
  test(`a fault stays as it is: ${what}`, () => assert.equal(say(texts, text), undefined));
}

test("a text that is made to be slow is not", () => {
  const all = phrasesIn("de");
  const begun = performance.now();
  for (const text of [`${"a: ".repeat(1_300)}b`, `${"reading %s: ".repeat(300)}`, "x at y ".repeat(550), `${"(".repeat(1_999)} ${")".repeat(1_999)}`, `something other than ${" answers at ".repeat(300)}`]) {
    assert.ok(text.length <= 4_000);
    all.say(text);
  }
  assert.ok(performance.now() - begun < 500, `${performance.now() - begun} ms`);
});

const gone = {
  code: "unavailable", message: "Ollama does not answer at http://localhost:11434 (nobody answers at localhost:11434)",
  remedy: "start Ollama (open its app, or run `ollama serve`), or correct the address",
};
for (const [code, want] of [
  ["de", "Ollama antwortet unter http://localhost:11434 nicht (unter localhost:11434 antwortet niemand). Starte Ollama (öffne seine App, oder rufe `ollama serve` auf), oder berichtige die Adresse."],
  ["es", "Ollama no responde en http://localhost:11434 (nadie responde en localhost:11434). Inicia Ollama (abre su aplicación o ejecuta `ollama serve`), o corrige la dirección."],
  ["fr", "Ollama ne répond pas à http://localhost:11434 (personne ne répond à localhost:11434). Démarrez Ollama (ouvrez son application, ou lancez `ollama serve`), ou corrigez l’adresse."],
  ["zh-Hans", "Ollama 在 http://localhost:11434 没有回应（localhost:11434 上没有回应）。请启动 Ollama（打开其应用，或运行 `ollama serve`），或更正地址。"],
] as const) {
  test(`${code}: a server that is gone is told wholly in it`, async () => {
    await speak(code);
    await speakFaults();
    assert.equal(sentence(gone), want);
  });
}

for (const [code, want] of [
  ["de", "versuche es noch einmal; wenn es so bleibt, sieh in das Protokoll von Modellserver"],
  ["es", "vuelve a intentarlo; si sigue igual, mira el registro del servidor de modelos"],
  ["fr", "réessayez ; si cela persiste, regardez le journal du serveur de modèles"],
] as const) {
  test(`${code}: what varies has its article where it goes together with the word before it`, () => {
    assert.equal(phrasesIn(code).say("try again; if it stays so, look into the log of the model server"), want);
  });
}

test("zh-Hans: no space stands between a text of ours and the next", () => {
  assert.equal(phrasesIn("zh-Hans").say("the model server said nothing for a minute"), "模型服务器在一分钟内没有任何输出");
  assert.equal(phrasesIn("zh-Hans").say("vLLM said nothing for 5 seconds"), "vLLM 在 5 秒内没有任何输出");
});

test("a sentence is not taken for one that only begins like it", () => {
  assert.equal(phrasesIn("de").say("the model server at http://x:1 refuses requests from here"), "Modellserver unter http://x:1 weist Anfragen von hier ab");
});

test("a fault that nothing knows begins with what it is about, in the person's language", async () => {
  await speak("de");
  await speakFaults();
  assert.equal(sentence({ code: "unavailable", message: "a strange thing" }), "Nicht erreichbar. A strange thing.");
  assert.equal(sentence({ code: "unavailable", message: "a strange thing", remedy: "try again" }), "Nicht erreichbar. A strange thing. Versuche es noch einmal.");
});

test("in English, and until the words are there, a fault is told as it was made", async () => {
  assert.equal(told("no answer in time"), undefined);
  await speak("de");
  await speakFaults();
  assert.equal(told("no answer in time"), "keine Antwort in der Zeit");
  await speak("en");
  assert.equal(told("no answer in time"), undefined);
});
