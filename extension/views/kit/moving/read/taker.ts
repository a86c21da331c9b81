import type { Item } from "./item";
import type { Why } from "./why";

/** Problem says why a file, or the rest of it, cannot be read. */
export class Problem extends Error {
  constructor(readonly what: Why) {
    super(what);
  }
}

/** Taker reads the bytes of one file, or of one file in a zip. */
export interface Taker {
  push(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** Sink is who gets what files hold. It lets the reader wait. */
export interface Sink {
  source(name: string): void;
  item(item: Item): Promise<void>;
  /** How many bytes of the files are read. */
  progress(bytes: number): void;
}
