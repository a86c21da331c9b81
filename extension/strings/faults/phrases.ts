// Finds the English text that a fault was made of, and says it in another language with what varies put in its place.
//
// What is told came from a server, a file or another program: a text is looked at from its beginning to its end once for each pattern
// that can fit, never again and again, and only so many patterns are tried.
import { faultCodes } from "../../bridge/fault";
import type { Language } from "../languages";

/** Texts are format strings of Go (%s, %d, %q…), each in the other languages, where {1} is the first thing that varies. */
export type Texts = Record<string, Record<Exclude<Language, "en">, string>>;

// Longer ones are no sentences. What varies can be a fault itself, which can have one in it.
const longest = 4_000;
const deepest = 3;
const most = 60;

// What is shorter than this, with English after it that is not known, is no text of a fault: “write %s” would leave all but a word as it is.
const short = 8;
const prose = /^[a-z]+ [a-z]+ [a-z]/;

/** Pattern is a text with places for what varies. */
interface Pattern {
  literals: string[]; // one more than there are places
  verbs: string[];
  written: number; // letters that are not varied
  said: string;
}

/** Phrases are the texts of faults in one language. */
export class Phrases {
  private readonly whole = new Map<string, string>();
  private readonly begun = new Map<string, Pattern[]>(); // by the first word
  private readonly open: Pattern[] = []; // that begin with what varies
  private left = most;

  constructor(texts: Texts, private readonly language: Exclude<Language, "en">) {
    for (const [text, translated] of Object.entries(texts)) this.learn(text, translated[language]);
    const longer = (a: Pattern, b: Pattern) => b.written - a.written;
    for (const patterns of this.begun.values()) patterns.sort(longer);
    this.open.sort(longer);
  }

  /** say is the text in the language, or undefined if it is made of none that is known. */
  say(text: string): string | undefined {
    this.left = most;
    return text.length > longest ? undefined : this.find(text, deepest) ?? this.sentences(text);
  }

  // sentences says a text that was made of a message and a remedy: each begins with a large letter and ends with a point.
  private sentences(text: string): string | undefined {
    if (!text.endsWith(".")) return undefined;
    const one = (part: string) => this.find(part, deepest) ?? this.find(part.charAt(0).toLowerCase() + part.slice(1), deepest);
    const whole = (said: string) => said.charAt(0).toUpperCase() + said.slice(1) + (this.language === "zh-Hans" ? "。" : ".");
    const all = one(text.slice(0, -1));
    if (all !== undefined) return whole(all);
    for (const at of places(text, ". ")) {
      const first = one(text.slice(0, at));
      const second = first === undefined ? undefined : one(text.slice(at + 2, -1));
      if (second !== undefined) return `${whole(first!)}${this.language === "zh-Hans" ? "" : " "}${whole(second)}`;
    }
    return undefined;
  }

  private learn(text: string, said: string): void {
    const pattern = read(text, said);
    const begin = pattern.literals[0]!;
    if (pattern.verbs.length === 0) this.whole.set(begin, said);
    else if (!/^\S+\s/.test(begin)) this.open.push(pattern);
    else {
      const word = firstWord(begin);
      this.begun.set(word, [...(this.begun.get(word) ?? []), pattern]);
    }
  }

  private find(text: string, deep: number): string | undefined {
    const found = this.whole.get(text);
    if (found !== undefined) return found;
    if (!text.includes(" ") || this.left-- <= 0) return undefined;
    for (const patterns of [this.begun.get(firstWord(text)) ?? [], this.open]) {
      for (const p of patterns) {
        const varied = fit(p, text);
        const said = varied && this.fill(p, varied, deep);
        if (said !== undefined) return said;
      }
    }
    return deep > 0 ? this.after(text, deep) : undefined;
  }

  // fill puts what varies into what is said. It can be a text of a fault itself, but never what was quoted.
  private fill(p: Pattern, varied: string[], deep: number): string | undefined {
    const known = varied.map((part, i) => (/[swv]/.test(p.verbs[i]!) && deep > 0 ? this.find(part, deep - 1) : undefined));
    if (p.written < short && varied.some((part, i) => known[i] === undefined && prose.test(part))) return undefined;
    return p.said.replace(/((?:\bde|\ba|à) | )?\{(\d)\}( )?/g, (place, before: string | undefined, n: string, behind: string | undefined) => {
      const part = varied[Number(n) - 1];
      if (part === undefined) return place;
      const said = known[Number(n) - 1];
      return said === undefined ? `${before ?? ""}${part}${behind ?? ""}` : this.placed(before ?? "", said, behind ?? "");
    });
  }

  // placed is a text of ours between others: “de el servidor” is “del servidor”, and no space stands between two Chinese characters.
  private placed(before: string, said: string, behind: string): string {
    const together = `${before}${said}${behind}`;
    if (this.language === "es") return together.replace(/^(de|a) el /, (_, word: string) => `${word}l `);
    if (this.language === "fr") return together.replace(/^(de|à) le /, (_, word: string) => (word === "de" ? "du " : "au "));
    if (this.language === "zh-Hans") return together.replace(/^ (?=\p{Script=Han})/u, "").replace(/(?<=\p{Script=Han}) $/u, "");
    return together;
  }

  // after says what comes after a colon: where it was, or the code of a fault that is in another, stands before it. What stands before a
  // semicolon is a message, and its remedy comes after it.
  private after(text: string, deep: number): string | undefined {
    for (const at of places(text, "; ")) {
      const message = this.find(text.slice(0, at), deep - 1);
      const remedy = message === undefined ? undefined : this.find(text.slice(at + 2), deep - 1);
      if (remedy !== undefined) return `${message}${this.language === "zh-Hans" ? "；" : "; "}${remedy}`;
    }
    for (const at of places(text, ": ")) {
      const said = this.find(text.slice(at + 2), deep - 1);
      const before = text.slice(0, at);
      if (said !== undefined) return faultCodes.has(before) ? said : `${this.find(before, deep - 1) ?? before}: ${said}`;
    }
    return undefined;
  }
}

// places are the first few places of something in a text.
function places(text: string, what: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(what); at >= 0 && found.length < 3; at = text.indexOf(what, at + what.length)) found.push(at);
  return found;
}

function firstWord(text: string): string {
  const end = text.search(/\s/);
  return end < 0 ? text : text.slice(0, end);
}

function read(text: string, said: string): Pattern {
  const literals = [""];
  const verbs: string[] = [];
  let last = 0;
  for (const m of text.matchAll(/%[^%a-zA-Z]*([%a-zA-Z])/g)) {
    literals[literals.length - 1] += text.slice(last, m.index);
    last = m.index + m[0].length;
    if (m[1] === "%") literals[literals.length - 1] += "%";
    else {
      verbs.push(m[1]!);
      literals.push("");
    }
  }
  literals[literals.length - 1] += text.slice(last);
  return { literals, verbs, written: literals.join("").length, said };
}

// fit takes what varies out of a text: up to the next literal, which for a number and what is quoted follows at once.
function fit(p: Pattern, text: string): string[] | undefined {
  const varied: string[] = [];
  let at = p.literals[0]!.length;
  if (!text.startsWith(p.literals[0]!)) return undefined;
  for (const [i, verb] of p.verbs.entries()) {
    const literal = p.literals[i + 1]!;
    const end = verb === "d" ? endOf(number, text, at) : verb === "q" ? endOf(quoted, text, at) : upTo(literal, text, at, i === p.verbs.length - 1);
    if (end < 0 || !text.startsWith(literal, end)) return undefined;
    varied.push(text.slice(at, end));
    at = end + literal.length;
  }
  return at === text.length ? varied : undefined;
}

const number = /-?\d+/y;
const quoted = /"(?:[^"\\]|\\.)*"|`[^`]*`/y;

function endOf(what: RegExp, text: string, at: number): number {
  what.lastIndex = at;
  return what.test(text) ? what.lastIndex : -1;
}

function upTo(literal: string, text: string, at: number, last: boolean): number {
  if (!last) return text.indexOf(literal, at);
  return text.length - literal.length < at ? -1 : text.length - literal.length;
}
