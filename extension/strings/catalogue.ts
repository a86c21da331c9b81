// A catalogue in the language that is shown. English is part of the page that shows it, because it is what there is when the file of
// another language does not come; each other one is a file of its own, which only those load who read it.
import { batch, signal } from "@preact/signals";
import { language } from "./format";
import { languageOf, type Language } from "./languages";

/** Files are the other languages of a catalogue, each loaded when it is asked for. */
export type Files<T> = Record<Exclude<Language, "en">, () => Promise<T>>;

/**
 * catalogue gives the words of a page, and what shows them in the language of a choice once they are there. Who draws them, draws
 * them anew when the language changes.
 */
export function catalogue<T extends object>(english: T, files: Files<T>): [words: T, speak: (choice: string | undefined) => Promise<void>] {
  const shown = signal(english);
  let wanted: Language = "en";
  // What was chosen last is shown, whichever file comes last.
  const show = (next: Language, words: T) => {
    if (next !== wanted) return;
    batch(() => {
      language.value = next;
      shown.value = words;
    });
  };
  const speak = async (choice: string | undefined) => {
    const next = languageOf(choice);
    if (next === wanted) return;
    wanted = next;
    if (next === "en") return show("en", english);
    try {
      show(next, await files[next]());
    } catch (error) {
      console.warn(`kAI: the words of ${next} did not come, English is shown instead:`, error);
      if (wanted === next) show((wanted = "en"), english);
    }
  };
  return [new Proxy(english, { get: (_, part) => shown.value[part as keyof T] }), speak];
}
