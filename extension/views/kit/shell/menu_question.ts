import type { Ask } from "../chat/ask";

const key = "kai-ask";
const fresh = 30_000;

interface MenuQuestion {
  type: string;
  tab: number;
  at: number;
}

/** takeMenuQuestion attaches the page that the person asked about from the browser's menu, now and later. */
export function takeMenuQuestion(ask: Ask): () => void {
  const area = chrome.storage?.session;
  if (!area) return () => undefined;
  const take = (raw: unknown) => {
    const question = raw as Partial<MenuQuestion> | undefined;
    if (typeof question?.tab !== "number" || typeof question.at !== "number" || Date.now() - question.at > fresh) return;
    void area.remove(key);
    void ask.aboutPage("", question.tab);
  };
  const changed = (changes: Record<string, chrome.storage.StorageChange>) => take(changes[key]?.newValue);
  void area.get(key).then((all) => take(all[key]));
  area.onChanged.addListener(changed);
  return () => area.onChanged.removeListener(changed);
}
