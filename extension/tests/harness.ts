import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after } from "node:test";
import type { JSDOM } from "jsdom";
import type { Transport } from "../bridge/connection";
import type { Envelope } from "../gen/wire";

/** folder is extension/tests; the bundle of a test runs elsewhere, so the runner says where that is. */
export const folder = process.env.KAI_TESTS ?? "";

const load = createRequire(join(folder, "x.js"));

/** dom makes a page and puts it where browsers have it, until the test or file that asked for it is over. */
export function dom(html = "<!doctype html><body></body>"): JSDOM {
  const { JSDOM: Page } = load("jsdom") as { JSDOM: typeof JSDOM };
  const page = new Page(html, { url: "https://kai.test/", pretendToBeVisual: true });
  const window = page.window as unknown as Record<string, unknown>;
  for (const name of ["window", "document", "Element", "Node", "localStorage", "location", "DOMParser", "HTMLElement"]) {
    Object.defineProperty(globalThis, name, { value: name === "window" ? window : window[name], configurable: true, writable: true });
  }
  after(() => page.window.close()); // its animation frames would keep Node awake
  return page;
}

/** source reads a file of the extension. */
export function source(...path: string[]): string {
  return readFileSync(join(folder, "..", ...path), "utf8");
}

/** Line is a transport whose other end is the test. */
export class Line implements Transport {
  readonly sent: Envelope[] = [];
  closed = false;
  onframe: (frame: string) => void = () => undefined;
  onclose: (reason: string) => void = () => undefined;
  /** Answers what is posted, if set. */
  reply: (e: Envelope) => void = () => undefined;

  constructor(readonly maxFrame = 0) {}

  post(frame: string): void {
    const e = JSON.parse(frame) as Envelope;
    this.sent.push(e);
    queueMicrotask(() => this.reply(e));
  }

  close(): void {
    this.closed = true;
  }

  /** say sends an envelope to the view. */
  say(e: Omit<Envelope, "v">): void {
    this.onframe(JSON.stringify({ v: 1, ...e }));
  }

  /** greet answers hello, and everything else as given. */
  greet(answer: (e: Envelope) => void = () => undefined): this {
    this.reply = (e) => {
      if (e.method === "hello") this.say({ id: e.id, kind: "reply", body: { min: 1, max: 1, app: "kai-runtime", version: "t", instance: "i" } });
      else answer(e);
    };
    return this;
  }
}

/** settle lets everything that is ready to run, run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** random gives the same numbers for the same seed, so that a failure can be seen again. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}
