// The few words of the first paint, kept by the view that has the catalogue, so that painting need not wait for it or carry any.
import { t } from "../../strings";
import { language } from "../../strings/format";
import { write } from "./state/remember";
import { wordsKey, type FirstWords } from "./first_rows";

/** keepFirstWords keeps them in the language that is shown, for the next view. */
export function keepFirstWords(): void {
  const words: FirstWords = {
    language: language.value, conversations: t.nav.conversations, main: t.nav.main, message: t.chat.message, placeholder: t.chat.placeholder,
    greeting: t.chat.greeting, recent: t.list.recent, untitled: t.list.untitled,
  };
  write(wordsKey, words);
}
