import { en } from "./en";

/** Strings is the catalogue: every word that a person reads. */
export type Strings = typeof en;

/** t is the catalogue in the person's language. There is one so far. */
export const t: Strings = en;
