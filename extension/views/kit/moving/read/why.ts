import type { Strings } from "../../../../strings";

/** Why says what cannot come, or why: a name of one of the words in the catalogues. The readers have no words themselves. */
export type Why = keyof Strings["moving"]["left"];
