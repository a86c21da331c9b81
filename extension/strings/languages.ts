// The languages that kAI is shown in, and which of them a person reads. Needs nothing else, so that every context can know it.

/** languages are those that there is a catalogue of, by their names in BCP 47, with what they call themselves. */
export const languages = { en: "English", de: "Deutsch", es: "Español", fr: "Français", "zh-Hans": "简体中文" } as const;

/** Language is one of them. */
export type Language = keyof typeof languages;

const traditional = /^zh\b.*-(?:Hant|TW|HK|MO)\b/i;

/** languageOf is the language to show: the one that was chosen, else the first of the browser's that there is, else English. */
export function languageOf(choice: string | undefined, browsers: readonly string[] = globalThis.navigator?.languages ?? []): Language {
  for (const wanted of [choice ?? "", ...browsers]) {
    if (traditional.test(wanted)) continue;
    const base = wanted.split("-")[0]!.toLowerCase();
    const found = (Object.keys(languages) as Language[]).find((l) => l.split("-")[0] === base);
    if (found) return found;
  }
  return "en";
}

/** address tells the page which language it is in: for hyphens, for those who have it read, and for where lines begin. */
export function address(language: Language): void {
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}

/** directionOf is the way in which a language is written. */
export function directionOf(language: string): "ltr" | "rtl" {
  return /^(?:ar|fa|he|ur|yi|ps|sd|ug|dv)\b/.test(language) ? "rtl" : "ltr";
}
