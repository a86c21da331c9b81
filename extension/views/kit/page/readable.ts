import { Readability } from "@mozilla/readability";
import type { Raw } from "../../../page/tab";

const blocks = new Set([
  "ADDRESS", "ARTICLE", "ASIDE", "BLOCKQUOTE", "DD", "DIV", "DL", "DT", "FIGCAPTION", "FIGURE", "FOOTER", "H1", "H2", "H3", "H4", "H5",
  "H6", "HEADER", "HR", "LI", "MAIN", "OL", "P", "PRE", "SECTION", "TABLE", "TR", "UL",
]);
const silent = new Set(["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE", "SVG", "IFRAME", "OBJECT"]);
const enough = 250; // characters; an "article" shorter than that is usually a misjudged page

const beside = 50_000; // characters of what stands beside a transcript, which is why such a page is asked about

/** readableText gives what a person reads on a page, and hears in its video as far as the page has that in words. */
export function readableText(raw: Pick<Raw, "html" | "text" | "transcript">, parse: (html: string) => Document): string {
  const text = writtenText(raw, parse);
  const said = tidy(raw.transcript ?? "");
  return said ? `${text.slice(0, beside)}\n\n## Transcript\n\n${said}`.trim() : text;
}

// The article if it has one, else its visible text.
function writtenText(raw: Pick<Raw, "html" | "text">, parse: (html: string) => Document): string {
  const article = raw.html ? articleText(raw.html, parse) : "";
  const plain = tidy(raw.text);
  if (article.length >= enough || article.length > plain.length / 2) return article;
  return plain || article;
}

// The parsed document is inert: nothing in it runs or loads.
function articleText(html: string, parse: (html: string) => Document): string {
  try {
    const article = new Readability(parse(html), { maxElemsToParse: 30_000 }).parse();
    return article?.content ? tidy(textOf(parse(article.content).body)) : "";
  } catch {
    return ""; // a page too strange or too large for it still has its plain text
  }
}

/** textOf writes the text below a node, with line breaks where blocks begin and end. */
export function textOf(root: Node): string {
  const out: string[] = [];
  const walk = (node: Node): void => {
    if (node.nodeType === 3) return void out.push((node.nodeValue ?? "").replace(/\s+/g, " "));
    const name = node.nodeName.toUpperCase();
    if (silent.has(name)) return;
    if (name === "BR") return void out.push("\n");
    const line = name === "LI" || name === "TR";
    const block = blocks.has(name);
    if (block) out.push(line ? "\n" : "\n\n", lead(name));
    if (name === "PRE") out.push(node.textContent ?? "");
    else node.childNodes.forEach(walk);
    if (name === "TD" || name === "TH") out.push("\t");
    if (block && !line) out.push("\n");
  };
  walk(root);
  return out.join("");
}

function lead(name: string): string {
  const level = /^H([1-6])$/.exec(name)?.[1];
  if (level) return `${"#".repeat(Number(level))} `;
  return name === "LI" ? "- " : "";
}

/** tidy removes the white space that layout left behind. */
export function tidy(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/[^\S\n]+/g, " ").replace(/ *\n */g, "\n").replace(/\n{3,}/g, "\n\n").trim();
}
