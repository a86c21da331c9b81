import { t } from "../../../strings";

const copyIcon =
  '<svg viewBox="0 0 16 16" aria-hidden="true" class="icon"><rect x="5.5" y="5.5" width="8" height="8" rx="1.75"/>' +
  '<path d="M10.5 3.25A.75.75 0 0 0 9.75 2.5h-6.5a.75.75 0 0 0-.75.75v6.5c0 .41.34.75.75.75"/></svg>';

/** decorate adds to sanitised nodes what our own hands may add: frames for code, scrolling for tables, marks on links. */
export function decorate(fragment: DocumentFragment): void {
  const doc = fragment.ownerDocument;
  for (const pre of fragment.querySelectorAll("pre")) frameCode(doc, pre);
  for (const table of fragment.querySelectorAll("table")) {
    const frame = element(doc, "div", { class: "table", tabindex: "0", role: "region", "aria-label": t.chat.table });
    table.replaceWith(frame);
    frame.append(table);
  }
  for (const link of fragment.querySelectorAll("a[data-image]")) {
    link.classList.add("image-link");
    link.setAttribute("title", t.chat.imageNotLoaded);
    link.removeAttribute("data-image");
  }
}

/** cite makes the numbers in brackets that sources have buttons, which the view opens. Code and links stay as they are. */
export function cite(fragment: DocumentFragment, numbers: ReadonlySet<number>): void {
  if (numbers.size === 0) return;
  const doc = fragment.ownerDocument;
  const walk = doc.createTreeWalker(fragment, 4 /* text */);
  const found: Text[] = [];
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    if (/\[\d+\]/.test(n.nodeValue ?? "") && !n.parentElement?.closest("code, pre, a")) found.push(n as Text);
  }
  for (const text of found) {
    const parts = text.data.split(/\[(\d+)\]/);
    const nodes = parts.flatMap((part, i) => (i % 2 === 0 ? [part] : [numbers.has(Number(part)) ? citation(doc, part) : `[${part}]`]));
    text.replaceWith(...nodes.filter((n) => n !== ""));
  }
}

function citation(doc: Document, number: string): HTMLElement {
  const button = element(doc, "button", { type: "button", class: "citation", "data-cite": number, "aria-label": t.knowledge.openSource(Number(number)) });
  button.textContent = `[${number}]`;
  return button;
}

function frameCode(doc: Document, pre: HTMLPreElement): void {
  const language = /language-(\S+)/.exec(pre.querySelector("code")?.className ?? "")?.[1] ?? "";
  const frame = element(doc, "div", { class: "code" });
  const head = element(doc, "div", { class: "code-head" });
  const name = element(doc, "span", {});
  name.textContent = language;
  const copy = element(doc, "button", { type: "button", class: "icon-button small", "data-copy": "", "aria-label": t.chat.copyCode, title: t.chat.copyCode });
  copy.innerHTML = copyIcon;
  head.append(name, copy);
  pre.replaceWith(frame);
  pre.setAttribute("tabindex", "0");
  frame.append(head, pre);
}

function element(doc: Document, name: string, attributes: Record<string, string>): HTMLElement {
  const e = doc.createElement(name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  return e;
}
