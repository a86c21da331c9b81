import { Marked, type Token, type Tokens } from "marked";

const harmless = /^<\/?(?:br|sub|sup|kbd)\s*\/?>$/i;

/**
 * Markdown as models write it: GitHub's flavour. Raw HTML is shown as the text it is, except for a handful of harmless
 * inline tags; an image becomes a link, because loading it would tell its server that the answer was read.
 */
const marked = new Marked({
  gfm: true,
  async: false,
  renderer: {
    html: ({ text, block }: Tokens.HTML | Tokens.Tag) => (block ? `<p>${lines(text)}</p>` : raw(text)),
    image: ({ href, text }: Tokens.Image) => `<a href="${escape(href)}" data-image="">${escape(text || href)}</a>`,
    listitem(item: Tokens.ListItem) {
      return `<li${item.task ? ' class="task"' : ""}>${this.parser.parse(item.tokens)}</li>\n`;
    },
    checkbox: ({ checked }: Tokens.Checkbox) => (checked ? "☑ " : "☐ "),
  },
});

function raw(text: string): string {
  return harmless.test(text.trim()) ? text : escape(text);
}

function lines(text: string): string {
  return text.trim().split("\n").map(raw).join("<br>");
}

/** lex cuts Markdown into blocks. The raws of the blocks, put together, are the text (with \n line ends). */
export function lex(text: string): Token[] {
  return marked.lexer(text);
}

/** toHTML renders blocks. The result is not safe to show: it has to go through the sanitiser. */
export function toHTML(tokens: Token[]): string {
  return marked.parser(tokens);
}

/** normal is the text with the line ends that lex counts in. */
export function normal(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** escape makes text harmless inside HTML and its attributes. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** isOpenFence tells whether a code block's closing fence has not come yet. */
export function isOpenFence(token: Token): boolean {
  if (token.type !== "code" || token.codeBlockStyle === "indented") return false;
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(token.raw)?.[1];
  if (fence === undefined) return false;
  const lines = token.raw.trimEnd().split("\n");
  return lines.length < 2 || !lines[lines.length - 1]!.trim().startsWith(fence);
}

/**
 * mend closes what a cut left open in the last line (bold, code), so that its marks don't flicker while they arrive.
 * It only ever appends.
 */
export function mend(text: string): string {
  const line = text.slice(text.lastIndexOf("\n") + 1);
  if (/^ {0,3}(?:```|~~~)/.test(line) || line.length > 2000) return text;
  const ticks = line.match(/`+/g) ?? [];
  if (ticks.length % 2 === 1) return /`$/.test(line) ? text : text + ticks[ticks.length - 1]!;
  const bold = line.replace(/`[^`]*`/g, "").match(/\*\*/g)?.length ?? 0;
  return bold % 2 === 1 && !/[\s*]$/.test(line) ? text + "**" : text;
}
