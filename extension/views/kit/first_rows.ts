import type { Conversation } from "../../gen/wire";

const mostRows = 30;
const recentRows = 4;

/** wordsKey is where the last view kept FirstWords. */
export const wordsKey = "kai-words";

/** FirstWords are the words of what is painted first, and their language. */
export interface FirstWords {
  language: string;
  conversations: string;
  main: string;
  message: string;
  placeholder: string;
  greeting: string;
  recent: string;
  untitled: string;
}

/** paintRows draws the newest conversations where the view will draw them, and the title of the open one. */
export function paintRows(root: Element, rows: Conversation[], open: string, words: FirstWords): void {
  const title = root.querySelector(".title");
  const current = rows.find((c) => c?.id === open);
  if (title) title.textContent = open ? current?.title ?? "" : "kAI";
  const list = root.querySelector(".first-list");
  if (list) list.append(...rows.slice(0, mostRows).map((c) => row(c, words)));
  else if (!open) root.querySelector(".thread-inner")?.append(recent(rows.slice(0, recentRows), words));
}

function recent(rows: Conversation[], words: FirstWords): HTMLElement {
  const empty = element("div", "empty");
  const greeting = element("h1", "");
  greeting.textContent = words.greeting;
  empty.append(greeting);
  if (rows.length === 0) return empty;
  const section = element("section", "recent");
  const head = element("h2", "");
  head.textContent = words.recent;
  section.append(head, ...rows.map((c) => row(c, words)));
  empty.append(section);
  return empty;
}

function row(conversation: Conversation, words: FirstWords): HTMLElement {
  const button = element("button", "row") as HTMLButtonElement;
  button.type = "button";
  const text = element("span", "clip");
  text.textContent = String(conversation?.title || words.untitled);
  button.append(text);
  button.addEventListener("click", () => (location.hash = `#/c/${conversation.id}`));
  return button;
}

function element(name: string, className: string): HTMLElement {
  const e = document.createElement(name);
  e.className = className;
  return e;
}
