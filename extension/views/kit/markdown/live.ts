import type { Token } from "marked";
import { cite, decorate } from "./decorate";
import { isOpenFence, lex, mend, normal, toHTML } from "./parse";
import { patch } from "./patch";
import type { Sanitizer } from "./sanitize";
import { Tip } from "./tip";

/** LiveMarkdown shows a growing Markdown text in an element. Finished blocks are rendered once; only the last one again. */
export class LiveMarkdown {
  private text = "";
  private settled = 0; // length of the text whose blocks are finished
  private nodes = 0; // how many of the root's children those blocks are
  private cuts: number[] = []; // where finished blocks end
  private defined = false; // whether a link definition was seen, which reaches back into finished blocks
  private openCode: Text | undefined;
  private tip: Tip | undefined;

  /** The numbers of the sources that the text may cite. */
  cited: ReadonlySet<number> = new Set();

  /** A finished code block, to be coloured. */
  oncode: (code: HTMLElement) => void = () => undefined;

  constructor(private readonly root: HTMLElement, private readonly sanitize: Sanitizer) {}

  /** update shows text. Final says that nothing will follow. */
  update(raw: string, final: boolean): void {
    const text = normal(raw);
    if (!text.startsWith(this.text)) this.reset();
    const more = text.slice(this.text.length);
    this.text = text;
    if (!final && this.tip?.grow(more)) return;
    if (final && !this.agrees()) this.reset();
    this.show(text.slice(this.settled), final);
  }

  private reset(): void {
    this.settled = this.nodes = 0;
    this.cuts = [];
    this.defined = false;
    this.openCode = this.tip = undefined;
  }

  private show(tail: string, final: boolean): void {
    const tokens = lex(final ? tail : mend(tail));
    this.defined ||= defines(tokens);
    const done = final ? tokens.length : finished(tokens);
    const rest = tokens.slice(done);
    if (done === 0 && this.growCode(rest)) return;
    this.openCode = this.tip = undefined;
    const ready = this.render(tokens.slice(0, done));
    const finishedNodes = ready.length;
    patch(this.root, this.nodes, [...ready, ...this.render(rest)]);
    this.settle(tokens.slice(0, done), finishedNodes);
    this.watchCode(rest);
    if (!final) this.tip = Tip.at(this.root, tail);
  }

  private render(tokens: Token[]): Node[] {
    if (tokens.length === 0) return [];
    const fragment = this.sanitize(toHTML(tokens));
    decorate(fragment);
    cite(fragment, this.cited);
    return Array.from(fragment.childNodes).filter((n) => n.nodeType === 1 || n.textContent?.trim());
  }

  private settle(tokens: Token[], count: number): void {
    for (const token of tokens) {
      this.settled += token.raw.length;
      this.cuts.push(this.settled);
    }
    const from = this.nodes;
    this.nodes += count;
    for (let i = from; i < this.nodes; i++) {
      const node = this.root.childNodes[i];
      if (node instanceof Element) for (const code of node.querySelectorAll<HTMLElement>("pre > code")) this.oncode(code);
    }
  }

  // A code block that is being written grows by text alone: it has no markup until its end.
  private watchCode(rest: Token[]): void {
    if (rest.length !== 1 || !isOpenFence(rest[0]!)) return;
    const node = this.root.lastElementChild?.querySelector("pre > code")?.firstChild;
    if (node?.nodeType === 3) this.openCode = node as Text;
  }

  private growCode(rest: Token[]): boolean {
    const token = rest[0];
    if (!this.openCode || rest.length !== 1 || !token || !isOpenFence(token)) return false;
    const next = (token as { text?: string }).text ?? "";
    const old = this.openCode.data.replace(/\n$/, "");
    if (!next.startsWith(old)) return false;
    this.openCode.data = next;
    return true;
  }

  // At the end the whole text is cut again: a definition or a list item that came late may have changed earlier blocks.
  private agrees(): boolean {
    if (this.cuts.length === 0) return true;
    const tokens = lex(this.text);
    if (this.defined || defines(tokens)) return false;
    const ends = new Set<number>();
    let at = 0;
    for (const token of tokens) ends.add((at += token.raw.length));
    return this.cuts.every((cut) => ends.has(cut));
  }
}

function defines(tokens: Token[]): boolean {
  return Object.keys((tokens as { links?: object }).links ?? {}).length > 0;
}

// finished counts the leading blocks that what follows can't change: all before the last, once that has shown itself.
function finished(tokens: Token[]): number {
  let last = tokens.length - 1;
  while (last > 0 && tokens[last]!.type === "space") last--;
  if (last <= 0) return 0;
  const raw = tokens[last]!.raw;
  return raw.length >= 8 || raw.trimEnd().includes("\n") ? last : 0;
}
