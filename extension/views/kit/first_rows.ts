import type { Conversation } from "../../gen/wire";
import { t } from "../../strings";

const mostRows = 30;
const recentRows = 4;

/** paintRows draws the newest conversations where the view will draw them, and the title of the open one. */
export function paintRows(root: Element, rows: Conversation[], open: string): void {
  const title = root.querySelector(".title");
  const current = rows.find((c) => c?.id === open);
  if (title) title.textContent = open ? current?.title ?? "" : t.app.name;
  const list = root.querySelector(".first-list");
  if (list) list.append(...rows.slice(0, mostRows).map(row));
  else if (!open) root.querySelector(".thread-inner")?.append(recent(rows.slice(0, recentRows)));
}

function recent(rows: Conversation[]): HTMLElement {
  const empty = element("div", "empty");
  const greeting = element("h1", "");
  greeting.textContent = t.chat.greeting;
  empty.append(greeting);
  if (rows.length === 0) return empty;
  const section = element("section", "recent");
  const head = element("h2", "");
  head.textContent = t.list.recent;
  section.append(head, ...rows.map(row));
  empty.append(section);
  return empty;
}

function row(conversation: Conversation): HTMLElement {
  const button = element("button", "row") as HTMLButtonElement;
  button.type = "button";
  const text = element("span", "clip");
  text.textContent = String(conversation?.title || t.list.untitled);
  button.append(text);
  button.addEventListener("click", () => (location.hash = `#/c/${conversation.id}`));
  return button;
}

function element(name: string, className: string): HTMLElement {
  const e = document.createElement(name);
  e.className = className;
  return e;
}
