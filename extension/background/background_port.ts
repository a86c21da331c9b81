// An offscreen document has no API of the browser but messages. What else it needs it asks of the service worker, which may
// be gone: a port is opened when there is something to ask, and opened again when the worker went in between.
import { frontTab, readTab } from "../page/tab";
import type { Storage } from "./contract";
import { setOriginRules } from "./origin_rule";
import { readFacts, storage } from "./platform";

/** Op is something that the service worker does for the offscreen document. Each may be done twice without harm. */
export type Op = "facts" | "storage.get" | "storage.set" | "storage.remove" | "storage.bytes" | "originRule" | "readPage";

interface Question {
  id: number;
  op: Op;
  arg: string;
}

interface Answer {
  id: number;
  value?: string;
  error?: string;
}

/** answerBackground serves a kai-background port in the service worker. */
export function answerBackground(port: chrome.runtime.Port): void {
  let open = true;
  port.onDisconnect.addListener(() => (open = false));
  port.onMessage.addListener((q: Question) => {
    const say = (answer: Omit<Answer, "id">) => open && port.postMessage({ id: q.id, ...answer });
    perform(q.op, q.arg).then(
      (value) => say({ value }),
      (error: unknown) => say({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
}

async function perform(op: Op, arg: string): Promise<string> {
  switch (op) {
    case "facts": return JSON.stringify(await readFacts());
    case "storage.get": return storage.get(arg);
    case "storage.set": return (await storage.set(arg), "");
    case "storage.remove": return (await storage.remove(arg), "");
    case "storage.bytes": return String(await storage.bytes());
    case "originRule": return setOriginRules(arg);
    case "readPage": return JSON.stringify(await readTab(await frontTab("last")));
  }
}

/** BackgroundPort asks, from the offscreen document. */
export class BackgroundPort {
  private port: chrome.runtime.Port | undefined;
  private last = 0;
  private readonly waiting = new Map<number, { take: (a: Answer) => void; lost: () => void }>();

  /** ask has the service worker do op; once more when the worker went before it answered. */
  async ask(op: Op, arg = ""): Promise<string> {
    const answer = (await this.once(op, arg)) ?? (await this.once(op, arg));
    if (!answer) throw new Error("the background of kAI went away twice while it was asked");
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value ?? "";
  }

  /** storage is chrome.storage.local through the service worker. */
  readonly storage: Storage = {
    get: (keys) => this.ask("storage.get", keys),
    set: async (items) => void (await this.ask("storage.set", items)),
    remove: async (keys) => void (await this.ask("storage.remove", keys)),
    bytes: async () => Number(await this.ask("storage.bytes")),
  };

  private once(op: Op, arg: string): Promise<Answer | undefined> {
    const id = ++this.last;
    return new Promise((resolve) => {
      this.waiting.set(id, { take: resolve, lost: () => resolve(undefined) });
      (this.port ??= this.open()).postMessage({ id, op, arg } satisfies Question);
    });
  }

  private open(): chrome.runtime.Port {
    const port = chrome.runtime.connect({ name: "kai-background" });
    port.onMessage.addListener((answer: Answer) => {
      this.waiting.get(answer.id)?.take(answer);
      this.waiting.delete(answer.id);
    });
    port.onDisconnect.addListener(() => {
      void chrome.runtime.lastError;
      this.port = undefined;
      const lost = [...this.waiting.values()];
      this.waiting.clear();
      for (const w of lost) w.lost();
    });
    return port;
  }
}
