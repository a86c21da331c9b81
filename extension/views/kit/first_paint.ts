// Runs before anything else is loaded: theme, newest rows and a text box that works at once. Plain DOM, no libraries; what
// it draws has the outline of the view, which takes it over piece by piece.
import type { Conversation, Snapshot } from "../../gen/wire";
import { t } from "../../strings";
import "./handover";
import { paintRows } from "./first_rows";
import { read, readDraft, startThread } from "./state/remember";
import { setTheme } from "./theme";

const context = document.documentElement.dataset.context ?? "tab";
const snapshot = read<Partial<Snapshot>>("kai-snapshot");
const rows: Conversation[] = Array.isArray(snapshot?.conversations) ? snapshot.conversations : [];

setTheme(snapshot?.settings?.theme);
paint();

function paint(): void {
  const root = document.getElementById("app");
  if (!root || location.hash === "#settings" || snapshot?.settings?.welcomed !== true) return;
  const open = startThread(context, location.hash, Date.now()) ?? "";
  root.innerHTML = outline();
  paintRows(root, rows, open);
  serveBox(open);
}

// Only words of the catalogue go in here; what people and models wrote is set as text.
function outline(): string {
  const sidebar = context === "tab" ? `<aside class="sidebar" aria-label="${t.nav.conversations}"><div class="first-list"></div></aside>` : "";
  return `${sidebar}<div class="frame">
<header class="header"><p class="title"></p></header>
<main class="main" aria-label="${t.nav.main}">
<div class="thread" tabindex="-1"><div class="thread-inner"></div></div>
<form class="composer"><div class="composer-card">
<textarea id="message" rows="1" aria-label="${t.chat.message}" autocomplete="off" placeholder="${t.chat.placeholder}"></textarea>
<div class="composer-row"></div>
</div></form></main></div>`.replace(/>\n</g, "><");
}

function serveBox(open: string): void {
  const box = document.querySelector<HTMLTextAreaElement>("#message");
  const log = document.querySelector(".thread-inner");
  if (!box || !log) return;
  const sent: string[] = [];
  const key = (e: KeyboardEvent) => {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
    e.preventDefault();
    const text = box.value.trim();
    if (!text) return;
    sent.push(text);
    box.value = "";
    log.append(bubble(text));
  };
  box.value = readDraft(open);
  box.addEventListener("keydown", key);
  box.focus();
  window.kaiFirst = { sent, letGo: () => box.removeEventListener("keydown", key) };
}

function bubble(text: string): HTMLElement {
  const article = document.createElement("article");
  article.className = "question pending";
  const inside = document.createElement("div");
  inside.className = "bubble";
  inside.textContent = text;
  article.append(inside);
  return article;
}
