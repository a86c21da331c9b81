// What the WebAssembly program and the script around it say to each other. See ARCHITECTURE.md, "The program and its host".
import type { Read } from "../page/tab";
import type { IdbShim } from "./idb";
import type { pump } from "./pump";

/** ProgramPort is one view's connection as the program sees it. */
export interface ProgramPort {
  post(text: string): void;
  close(): void;
}

/** ViewEnd is the program's end of a view's connection. */
export interface ViewEnd {
  frame(text: string): void;
  closed(): void;
}

/** KaiProgram is what the program hands over once it can serve. */
export interface KaiProgram {
  connect(port: ProgramPort, context: string): ViewEnd;
}

/** NativeLink is an open way to the companion. */
export interface NativeLink {
  post(text: string): void;
  close(): void;
}

/** Storage is chrome.storage.local, one batch of JSON text per call. */
export interface Storage {
  /** keys: a JSON list of keys, or "null" for everything. The answer is a JSON object. */
  get(keys: string): Promise<string>;
  set(items: string): Promise<void>;
  remove(keys: string): Promise<void>;
  bytes(): Promise<number>;
}

/** OpenNative connects to the companion. A close reason starts with one of CloseWord and a colon. */
export type OpenNative = (onFrame: (text: string) => void, onClose: (reason: string) => void) => NativeLink;

/**
 * CloseWord tells why there is no way to the companion: not installed; installed, but for another extension; it was there
 * and went; anything else.
 */
export type CloseWord = "absent" | "forbidden" | "exited" | "failed";

/** KaiHost is the object at globalThis.kaiHost. */
export interface KaiHost {
  version: string;
  /** How people tell their devices apart. */
  browser: "chromium" | "firefox" | "web-chromium" | "web-firefox";
  config: string;
  /** In a private window: what is stored goes when the window closes. */
  private: boolean;
  ready(program: KaiProgram): void;
  failed(message: string): void;
  /** While on, the browser is asked not to suspend the program: an answer is being made. */
  busy(on: boolean): void;
  idb: IdbShim;
  pump: typeof pump;
  storage: Storage;
  native: { open: OpenNative };
  originRule(urls: string): Promise<string>;
  /** Asks the models inside the browser, as fetch asks servers; absent where there is no place for them. */
  engine?(url: string, init: { method: string; body?: Uint8Array; signal: AbortSignal }): Promise<Response>;
  snapshot(text: string): void;
  /** Seals and opens the keys of services. A web app's copy keeps none. */
  keys?: { seal(text: string): Promise<string>; open(sealed: string): Promise<string> };
  /** Calls a tool of the browser itself. The answer is JSON: { text } or { fault }. A web app's copy has none. */
  tool?(name: string, source: string, given: string): Promise<string>;
}

/** Facts are what the program is told of the place where it runs. */
export interface Facts {
  version: string;
  config: string;
  private: boolean;
}

/** Surroundings are the powers of the browser as the page that hosts the program reaches them. */
export interface Surroundings {
  browser: "chromium" | "firefox";
  facts(): Promise<Facts>;
  storage: Storage;
  native: OpenNative;
  originRule(urls: string): Promise<string>;
  /** Reads the page that the person looks at. */
  readPage(): Promise<Read>;
}

/** WakeAnswer is what a view hears on its kai-wake port. */
export type WakeAnswer = { ready: true } | { error: string };
