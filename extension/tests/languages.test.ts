import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { source } from "./harness";
import { de } from "../strings/de";
import { de as deDashboard } from "../strings/dashboard/de";
import { en as enDashboard } from "../strings/dashboard/en";
import { es as esDashboard } from "../strings/dashboard/es";
import { fr as frDashboard } from "../strings/dashboard/fr";
import { zh as zhDashboard } from "../strings/dashboard/zh";
import { en } from "../strings/en";
import { es } from "../strings/es";
import { bytes, clock, counted, day, decimal, formOf, language, number, past, seconds } from "../strings/format";
import { fr } from "../strings/fr";
import { speak, t } from "../strings";
import { directionOf, languageOf, languages, type Language } from "../strings/languages";
import { menuWords } from "../strings/menu";
import { zh } from "../strings/zh";
import { sentence } from "../views/kit/state/app";

type Tree = { [key: string]: unknown };
type Say = (...args: unknown[]) => string;
type Other = Exclude<Language, "en">;

const others: { name: string; english: Tree; in: Record<Other, Tree> }[] = [
  { name: "views", english: en, in: { de, es, fr, "zh-Hans": zh } },
  { name: "dashboard", english: enDashboard, in: { de: deDashboard, es: esDashboard, fr: frDashboard, "zh-Hans": zhDashboard } },
  { name: "menu", english: menuWords.en as unknown as Tree, in: menuWords as unknown as Record<Other, Tree> },
];

beforeEach(() => void (language.value = "en"));

/** leaves lists what a catalogue says, by its path. */
function leaves(tree: unknown, path = ""): [path: string, value: string | Say][] {
  if (typeof tree === "string" || typeof tree === "function") return [[path, tree as string | Say]];
  return Object.entries(tree as Tree).flatMap(([key, value]) => leaves(value, path ? `${path}.${key}` : key));
}

// Which kinds of arguments a sentence takes: the first that it can be said with. The second of a kind is another value of it.
const kinds = [["Ab", "Xy"], [7, 9], ["2026-11-27T10:20:30Z", "2025-03-04T11:21:31Z"], [["Ab", "Cd"], ["Ef"]]] as const;

function argumentsOf(...all: Say[]): (typeof kinds)[number][] {
  const n = all[0]!.length;
  const combinations = Array.from({ length: kinds.length ** n }, (_, i) => Array.from({ length: n }, (_, at) => kinds[Math.floor(i / kinds.length ** at) % kinds.length]!));
  const fits = combinations.find((c) => {
    try {
      return all.every((say) => !/NaN|undefined|Invalid/.test(say(...c.map((k) => k[0]))));
    } catch {
      return false;
    }
  });
  assert.ok(fits, `nothing fits ${all[0]!.toString()}`);
  return fits;
}

for (const { name, english, in: all } of others) {
  for (const code of ["de", "es", "fr", "zh-Hans"] as const) {
    const words = new Map(leaves(all[code]));

    test(`${name}, ${code}: says all that English says, and nothing else`, () => {
      assert.deepEqual([...words.keys()].sort(), leaves(english).map(([path]) => path).sort());
    });

    test(`${name}, ${code}: what varies in a sentence varies in its translation`, () => {
      for (const [path, say] of leaves(english)) {
        if (typeof say === "string") continue;
        const said = words.get(path) as Say;
        assert.equal(typeof said, "function", path);
        const args = argumentsOf(say, said);
        const usual = args.map((kind) => kind[0]);
        for (const at of args.keys()) {
          const other = args.map((kind, i) => kind[i === at ? 1 : 0]);
          const varies = (f: Say, l: Language) => { language.value = l; return f(...usual) !== f(...other); };
          if (varies(say, "en")) assert.ok(varies(said, code), `${path} does not use its argument ${at + 1}`);
        }
      }
    });

    test(`${name}, ${code}: keeps the places to fill in, commands and addresses of a sentence`, () => {
      for (const [path, say] of leaves(english)) {
        if (typeof say !== "string" || path.endsWith("templateHint")) continue;
        for (const place of say.match(/\{\{\w+\}\}|%s|https?:\/\/(?:[\w:/]*\w)?|[A-Z]{3,}_[A-Z]+|services\.\w+|--\w+|kai (?:run|open|token|config edit|clients add|vault import|native install|service install)/g) ?? []) {
          assert.ok((words.get(path) as string).includes(place), `${path} lacks ${place}`);
        }
      }
    });

    test(`${name}, ${code}: is translated`, () => {
      const same = leaves(english).filter(([path, say]) => typeof say === "string" && /[a-z]{2}/i.test(say) && words.get(path) === say && !alike(code, path, say));
      assert.deepEqual(same.map(([path, say]) => `${path}: ${String(say)}`), []);
    });
  }
}

// Names, commands, and words that a language writes as English does.
const names = new Set(["kAI", "kai", "SHA-256", "Ollama", "ComfyUI", "Chroma", "Stable Diffusion web UI", "Top P", "JSON", "Enter", "Shift + Enter", "Esc", "F2", "Del", "kai native install", "Ctrl/⌘ + Shift + O", "Ctrl/⌘ + K", "Ctrl/⌘ + ,"]);
const shared: Record<Other, string[]> = {
  de: ["Name", "Text", "Version", "Archiv", "Sampler", "Workflow", "Persona", "Personas", "Humor", "Details", "tokens/s", "Browser"],
  es: ["Error", "Humor", "No", "tokens/s", "Local"],
  fr: ["Conversation", "Conversations", "Message", "Messages", "Description", "Services", "Version", "Versions", "Instructions", "Clients", "Date", "Assistant", "Passages", "Sources", "Collection", "Mode", "Suggestions", "Cache", "Images", "version", "Menu", "Licence", "5 minutes", "30 minutes"],
  "zh-Hans": [],
};

function alike(code: Other, path: string, say: string): boolean {
  return names.has(say) || shared[code].includes(say) || path.startsWith("shortcuts.list") && /^[\w/⌘ +,↑↓]+$/.test(say) && names.has(say);
}

const plurals: [Language, [number, string][]][] = [
  ["en", [[0, "0 messages"], [1, "1 message"], [2, "2 messages"], [5, "5 messages"], [1.5, "1.5 messages"], [1234567, "1,234,567 messages"]]],
  ["de", [[0, "0 Nachrichten"], [1, "1 Nachricht"], [2, "2 Nachrichten"], [5, "5 Nachrichten"], [1.5, "1,5 Nachrichten"], [1234567, "1.234.567 Nachrichten"]]],
  ["es", [[0, "0 mensajes"], [1, "1 mensaje"], [2, "2 mensajes"], [5, "5 mensajes"], [1.5, "1,5 mensajes"], [1000000, "1.000.000 mensajes"]]],
  ["fr", [[0, "0 message"], [1, "1 message"], [2, "2 messages"], [5, "5 messages"], [1.5, "1,5 message"], [1000000, "1\u202f000\u202f000 messages"]]],
  ["zh-Hans", [[0, "0 条消息"], [1, "1 条消息"], [2, "2 条消息"], [5, "5 条消息"], [1.5, "1.5 条消息"]]],
];
for (const [code, cases] of plurals) {
  test(`${code}: counts as the language does`, async () => {
    await speakOf(code);
    for (const [n, want] of cases) assert.equal(t.moving.kinds.message!(n), want);
  });
}

async function speakOf(code: Language): Promise<void> {
  await speak(code);
  assert.equal(language.value, code);
}

test("a language of more forms than one and other gets them, once it has words for them", () => {
  language.value = "ar" as Language;
  const forms = { zero: "z", one: "1", two: "2", few: "f", many: "m", other: "o" };
  assert.deepEqual([0, 1, 2, 5, 20, 100].map((n) => formOf(n, forms)), ["z", "1", "2", "f", "m", "o"]);
  assert.equal(formOf(2, { other: "o" }), "o");
});

const written: [Language, string[]][] = [
  ["en", ["1,234", "1.5", "1.5 MB", "999 B", "1.5 s", "2 min 5 s", "Nov 27, 2026", "yesterday", "5 minutes ago"]],
  ["de", ["1.234", "1,5", "1,5 MB", "999 B", "1,5 s", "2 min 5 s", "27.11.2026", "gestern", "vor 5 Minuten"]],
  ["es", ["1234", "1,5", "1,5 MB", "999 B", "1,5 s", "2 min 5 s", "27 nov 2026", "ayer", "hace 5 minutos"]],
  ["fr", ["1\u202f234", "1,5", "1,5 Mo", "999 o", "1,5 s", "2 min 5 s", "27 nov. 2026", "hier", "il y a 5 minutes"]],
  ["zh-Hans", ["1,234", "1.5", "1.5 MB", "999 B", "1.5 秒", "2 分 5 秒", "2026年11月27日", "昨天", "5分钟前"]],
];
for (const [code, want] of written) {
  test(`${code}: numbers, sizes and times are written as the language does`, () => {
    language.value = code;
    assert.deepEqual([number(1234), decimal(1.5), bytes(1.5 * 1024 * 1024), bytes(999), seconds(1500), seconds(125_000), day("2026-11-27T12:00:00Z"), past(90_000), past(300)], want);
    assert.match(clock("2026-11-27T17:05:00Z"), /^\d\d:05$/);
    assert.equal(counted(3, { one: "x", other: "y" }), "3 y");
  });
}

const choices: [choice: string | undefined, browsers: string[], want: Language][] = [
  ["de", ["fr-FR"], "de"],
  ["zh-Hans", ["en"], "zh-Hans"],
  ["system", ["fr-CA", "en"], "fr"],
  [undefined, ["es-419"], "es"],
  [undefined, ["pt-BR", "de-AT"], "de"],
  [undefined, ["zh-CN"], "zh-Hans"],
  [undefined, ["zh"], "zh-Hans"],
  [undefined, ["zh-TW", "en-US"], "en"],
  [undefined, ["zh-Hant-HK"], "en"],
  [undefined, ["ja"], "en"],
  [undefined, [], "en"],
  ["tlh", ["xx"], "en"],
  ["", ["en-GB", "de"], "en"],
];
for (const [choice, browsers, want] of choices) {
  test(`who chose ${choice ?? "nothing"} and reads ${browsers.join(", ") || "nothing that is known"} is shown ${want}`, () => assert.equal(languageOf(choice, browsers), want));
}

test("what was chosen last is shown, whichever file comes first", async () => {
  await speak("en");
  await Promise.all([speak("fr"), speak("de"), speak("es")]);
  assert.equal(language.value, "es");
  assert.equal(t.app.close, "Cerrar");
  await speak("en");
  assert.equal(t.app.close, "Close");
});

test("the languages name themselves, and all of them are written from left to right so far", () => {
  assert.deepEqual(Object.keys(languages).map(directionOf), ["ltr", "ltr", "ltr", "ltr", "ltr"]);
  assert.deepEqual(["ar", "he", "fa-IR"].map(directionOf), ["rtl", "rtl", "rtl"]);
});

test("a fault says in the person's language what it is about, and then what its maker says", async () => {
  const fault = { code: "unavailable", message: "Zeppelin does not speak", remedy: "feed it with: zeppelin fuel" };
  assert.equal(sentence(fault), "Zeppelin does not speak. Feed it with: zeppelin fuel.");
  await speak("de");
  assert.equal(sentence(fault), "Nicht erreichbar. Zeppelin does not speak. Feed it with: zeppelin fuel.");
  assert.equal(sentence({ message: "strange" }), "Strange.");
  await speak("en");
});

test("every code of a fault has its words", () => {
  const codes = source("gen", "wire.ts").match(/export type FaultCode =([^;]+);/)![1]!.match(/"(\w+)"/g)!.map((c) => c.slice(1, -1));
  assert.deepEqual(Object.keys(en.faults).sort(), codes.sort());
});
