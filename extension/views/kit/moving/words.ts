import type { Incoming, One } from "./read/item";
import type { Tally } from "./tally";

/** Order is what the page says to the worker: to read files, to count what they hold or to bring it; and that a batch is kept. */
export type Order = { files: File[]; bring: boolean } | "next";

/** Word is what the worker says to the page. After a batch, or one thing that is no record, it waits. */
export type Word =
  | { word: "progress"; bytes: number; total: number; conversations: number }
  | { word: "batch"; records: Incoming[] }
  | { word: "one"; item: One }
  | { word: "end"; tally: Tally };
