// What the page that hosts the program, the worker of the engine and the views say to each other about models inside the browser.

/** Channel is the name of the BroadcastChannel between views and the engine. */
export const Channel = "kai-engine";

/** Wrong is what keeps a model from being of use; its numbers are bytes unless said otherwise. */
export type Wrong =
  | { why: "not_gguf" | "web_page" | "no_answers" | "part" | "unreachable" | "cut" | "unreadable" | "not_kept" }
  | { why: "truncated"; have: number; want: number }
  | { why: "split"; parts: number } // a count
  | { why: "too_large"; size: number; most: number }
  | { why: "no_room"; size: number; free: number }
  | { why: "status"; status: number } // of HTTP
  | { why: "twin"; of: string };

/** Model is a model file that is kept, or on its way. */
export interface Model {
  id: string;
  name: string;
  /** Where it is fetched from; empty for a file from the person's disk. */
  address: string;
  /** Bytes of all of it; 0 while unknown. */
  size: number;
  /** Bytes that are here. */
  have: number;
  state: "here" | "coming" | "stopped";
  wrong?: Wrong;
  /** What follows is known when it is here. */
  sha256: string;
  architecture: string;
  parameters: string;
  quantization: string;
  /** The longest context window that it was trained for, in tokens. */
  window: number;
}

/** State is everything that views show of the engine. */
export interface State {
  models: Model[];
  /** Bytes that the browser may still keep for kAI, and that models hold. */
  free: number;
  held: number;
}

/** Ask is what a view says to the engine. */
export type Ask =
  | { ask: "state" | "clear" }
  | { ask: "add"; file: File }
  | { ask: "fetch"; address: string }
  | { ask: "stop" | "resume" | "remove"; id: string };

/** Told is what the engine says to views. */
export type Told = { state: State };

/** ToWorker is what the page says to the worker. */
export type ToWorker = { id: number; method: string; path: string; body: string } | { abort: number } | Ask;

/**
 * FromWorker is what the worker says to the page. Busy: a file is on its way. Idle: it has no work and holds nothing, and
 * may be ended if it has heard all that was said to it, which the number counts.
 */
export type FromWorker = { id: number; status: number; body: ReadableStream<Uint8Array> } | { busy: boolean } | { idle: number };
