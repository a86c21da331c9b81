// All texts of faults, by the part of the source that makes them.
import type { Language } from "../languages";
import companion from "./companion.json";
import { Phrases, type Texts } from "./phrases";
import shared from "./shared.json";
import views from "./views.json";
import wasm from "./wasm.json";

const texts: Texts = { ...companion, ...shared, ...views, ...wasm };

/** phrasesIn are the texts of faults in a language. */
export const phrasesIn = (language: Exclude<Language, "en">): Phrases => new Phrases(texts, language);
