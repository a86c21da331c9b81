// Runs before anything else is loaded: theme, newest rows and a text box that works at once. Plain DOM, no libraries; what
// it draws has the outline of the view, which takes it over piece by piece.
import type { Conversation, Snapshot } from "../../gen/wire";
import { address, languageOf } from "../../strings/languages";
import "./handover";
import { paintRows, wordsKey, type FirstWords } from "./first_rows";
import { read, readDraft, startThread } from "./state/remember";
import { setTheme } from "./theme";

const context = document.documentElement.dataset.context ?? "tab";
const snapshot = read<Partial<Snapshot>>("kai-snapshot");
const rows: Conversation[] = Array.isArray(snapshot?.conversations) ? snapshot.conversations : [];

const language = languageOf(snapshot?.settings?.language);

// No words are in it: those that people and models wrote, and the catalogue's, are set as text.
const outline = `${context === "tab" ? `<aside class="sidebar"><div class="first-list"></div></aside>` : ""}<div class="frame">
<header class="header"><p class="title"></p></header>
<main class="main">
<div class="thread" tabindex="-1"><div class="thread-inner"></div></div>
<form class="composer"><div class="composer-card">
<textarea id="message" rows="1" autocomplete="off"></textarea>
<div class="composer-row"></div>
</div></form></main></div>`.replace(/>\n</g, "><");

setTheme(snapshot?.settings?.theme);
address(language);
paint();

function paint(): void {
  const root = document.getElementById("app");
  if (!root || location.hash === "#settings" || snapshot?.settings?.welcomed !== true) return;
  const open = startThread(context, location.hash, Date.now()) ?? "";
  const words = read<FirstWords>(wordsKey);
  if (words?.language !== language) return; // nothing is painted in a language that is not shown
  root.innerHTML = outline;
  for (const [place, word] of named(words)) root.querySelector(place)?.setAttribute("aria-label", word);
  root.querySelector("textarea")?.setAttribute("placeholder", words.placeholder);
  paintRows(root, rows, open, words);
  serveBox(open);
}

function named(words: FirstWords): [place: string, word: string][] {
  return [[".sidebar", words.conversations], [".main", words.main], ["#message", words.message]];
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
