import createDOMPurify from "dompurify";
import { coloured } from "./highlight";
import { LiveMarkdown } from "./live";
import { lex, normal, toHTML } from "./parse";
import { createSanitizer } from "./sanitize";

const sanitize = createSanitizer(window);
const purify = createDOMPurify(window);

/** createLive makes a LiveMarkdown whose finished code blocks are coloured when the browser has time. */
export function createLive(root: HTMLElement): LiveMarkdown {
  const live = new LiveMarkdown(root, sanitize);
  live.oncode = (code) => whenIdle(() => colour(code));
  return live;
}

/** render gives Markdown as HTML that is safe to show. */
export function render(text: string): string {
  const box = document.createElement("div");
  box.append(sanitize(toHTML(lex(normal(text)))));
  return box.innerHTML;
}

function colour(code: HTMLElement): void {
  const language = /language-(\S+)/.exec(code.className)?.[1]?.toLowerCase();
  const html = language && coloured(code.textContent ?? "", language);
  if (!html) return;
  code.replaceChildren(purify.sanitize(html, { ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"], RETURN_DOM_FRAGMENT: true }));
}

function whenIdle(work: () => void): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(work, { timeout: 500 });
  else setTimeout(work, 50);
}
