import { askedOf, places } from "../../../prompts/menu";
import { placesOf } from "../../../prompts/template";
import type { Ask } from "../chat/ask";
import { send } from "../state/actions";
import type { App } from "../state/app";

const key = "kai-ask";
const fresh = 30_000;

interface Question {
  view: string;
  tab?: number;
  text?: string;
  at: number;
}

/** takeOutsideQuestion takes what the person asks from the browser's menu or address bar, now and later. */
export function takeOutsideQuestion(app: App, ask: Ask): () => void {
  if (typeof chrome === "undefined") return () => undefined;
  const area = chrome.storage?.session;
  if (!area) return () => undefined;
  const take = async () => {
    const question = await claim(area, app.context);
    if (question) await serve(app, ask, question);
  };
  const changed = (changes: Record<string, chrome.storage.StorageChange>) => {
    if (changes[key]?.newValue) void take();
  };
  void take();
  area.onChanged.addListener(changed);
  return () => area.onChanged.removeListener(changed);
}

// Several views of one kind may be open; the lock lets one of them have it, once.
function claim(area: chrome.storage.StorageArea, context: string): Promise<Question | undefined> {
  return navigator.locks.request(key, async () => {
    const raw = (await area.get(key))[key] as Partial<Question> | undefined;
    if (typeof raw?.at !== "number" || raw.view !== context) return undefined;
    await area.remove(key);
    return Date.now() - raw.at < fresh ? (raw as Question) : undefined;
  });
}

async function serve(app: App, ask: Ask, { tab, text }: Question): Promise<void> {
  if (!text) return ask.aboutPage("", tab);
  app.open("");
  if (tab !== undefined) await ask.aboutPage("", tab);
  const attachments = ask.attachments.peek();
  const page = attachments.at(-1);
  if (tab !== undefined && !page) return; // the view says why the page was not read
  ask.attachments.value = [];
  const asked = tab !== undefined && page ? askedOf(text, page, app.settings.peek().language) : text;
  const open = tab !== undefined && placesOf(text).some((name) => !places.includes(name)); // the person fills in the rest
  const giveBack = () => ask.giveBack(asked, attachments);
  if (!open && (await canAnswer(app))) await send(app, asked, attachments, giveBack);
  else giveBack();
}

// A view that was just opened does not know of any model yet.
function canAnswer(app: App): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = app.loaded.subscribe((loaded) => {
      if (!loaded) return;
      resolve(!app.welcome.peek() && app.choice.peek() !== undefined);
      queueMicrotask(() => stop());
    });
  });
}
