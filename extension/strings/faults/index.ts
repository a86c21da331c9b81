// What a fault says, in the language that is shown. Faults are made in English, with the code that found them; as with gettext, the
// English text is the key: each JSON file here has the texts of one part of the source and what they are in each other language.
// e2e/arch holds that every text is there. They are loaded after everything else, and only by who reads another language.
import { signal } from "@preact/signals";
import { language } from "../format";
import type { Language } from "../languages";
import type { Phrases } from "./phrases";

const known = signal<{ language: Language; phrases: Phrases } | undefined>(undefined);

/** speakFaults has faults told in the language that is shown, once the words are there. Until then, and without them, they are in English. */
export async function speakFaults(): Promise<void> {
  const wanted = language.peek();
  if (wanted === "en" || wanted === known.peek()?.language) return;
  await idle();
  try {
    const { phrasesIn } = await import("./texts");
    if (language.peek() === wanted) known.value = { language: wanted, phrases: phrasesIn(wanted) };
  } catch (error) {
    console.warn("kAI: the words of faults did not come, they are told in English:", error);
  }
}

// They are many, and what is drawn first does not wait for them.
const idle = () => new Promise<unknown>((then) => ("requestIdleCallback" in globalThis ? requestIdleCallback(then, { timeout: 1_000 }) : setTimeout(then)));

/** told is what a fault's message or remedy says in the language that is shown; undefined if nothing knows it. */
export function told(text: string): string | undefined {
  const words = known.value;
  return words?.language === language.value ? words.phrases.say(text) : undefined;
}

/** inWords is a text of kAI's own in the language that is shown, or as it came if nothing knows it. */
export const inWords = (text: string): string => told(text) ?? text;
