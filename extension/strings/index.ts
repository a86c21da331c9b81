// What a person reads, in the language that the person chose.
import { catalogue } from "./catalogue";
import { en } from "./en";
import { speakFaults } from "./faults";
import { past } from "./format";

/** Strings is the catalogue: every word that a person reads. */
export type Strings = typeof en;

const [words, show] = catalogue<Strings>(en, {
  de: () => import("./de").then((m) => m.de),
  es: () => import("./es").then((m) => m.es),
  fr: () => import("./fr").then((m) => m.fr),
  "zh-Hans": () => import("./zh").then((m) => m.zh),
});

/** t is the catalogue in the person's language. */
export const t: Strings = words;

/** speak shows everything in the language of that choice, once its words are there. Those of faults come after, nobody waits for them. */
export async function speak(choice: string | undefined): Promise<void> {
  await show(choice);
  void speakFaults();
}

/** ago writes how long ago a moment (RFC 3339) was, in words. */
export function ago(moment: string, now = Date.now()): string {
  const passed = Math.max(0, (now - Date.parse(moment)) / 1000);
  return passed < 45 ? t.app.justNow : past(passed);
}
