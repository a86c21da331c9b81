// Keeps what the page's menu is made of, and its language, where the background finds it without the program: see prompts/menu.ts.
import { Connection, type Transport } from "../bridge/connection";
import { listenToChannel } from "../bridge/news";
import { MaxVersion, MinVersion, type News, type Prompt } from "../gen/wire";
import { copyOf, languageKey, menuKey } from "../prompts/menu";
import type { KaiProgram, Storage } from "./contract";

/** followPrompts writes the copy whenever a prompt or the settings change, until the returned function is called. */
export function followPrompts(program: KaiProgram, storage: Storage, version: string): () => void {
  let last = Promise.resolve();
  let waiting = false;
  const copy = async () => {
    waiting = false;
    const { prompts, language } = await read(program, version);
    await storage.set(JSON.stringify({ [menuKey]: copyOf(prompts), [languageKey]: language }));
  };
  return listenToChannel((news) => {
    if (waiting || !isAbout(news)) return; // the read that waits will see this change too
    waiting = true;
    last = last.then(copy).catch((error: unknown) => console.warn("kAI: the page's menu is not as the settings say:", error));
  });
}

function isAbout({ data }: News): boolean {
  return data.reset === true || (data.changes ?? []).some((c) => c.kind === "prompt" || (c.kind === "setting" && c.id === "settings"));
}

async function read(program: KaiProgram, version: string): Promise<{ prompts: Prompt[]; language: string }> {
  const hello = { min: MinVersion, max: MaxVersion, app: "kai-view", version, instance: crypto.randomUUID() };
  const connection = new Connection(join(program), hello);
  try {
    await connection.ready;
    const page = await connection.call("library", { kind: "prompt", id: "", version: "" });
    const { settings } = await connection.call("state.snapshot", {});
    return { prompts: (page.records ?? []).map((r) => r.body as Prompt), language: settings.language ?? "" };
  } finally {
    connection.close();
  }
}

// Joined as a view is, for as long as one question takes.
function join(program: KaiProgram): Transport {
  const transport: Transport = {
    maxFrame: 0, onframe: () => undefined, onclose: () => undefined, post: (frame) => end.frame(frame), close: () => end.closed(),
  };
  const end = program.connect({ post: (text) => transport.onframe(text), close: () => transport.onclose("kAI stopped") }, "runtime");
  return transport;
}
