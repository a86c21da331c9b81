import { mend } from "./parse";

const plain = /^[\p{L}\p{M}\p{N} ,;:.?!'"()…–—-]*$/u;
const address = /www\./i; // becomes a link by itself
const around: ReadonlySet<string> = new Set(["BLOCKQUOTE", "UL", "OL", "LI"]);
const inside: ReadonlySet<string> = new Set(["P", "LI", "H1", "H2", "H3", "H4", "H5", "H6"]);

/**
 * Tip is the end of a rendered text, where plain words are simply added: on a line that has begun as what it is, and with
 * nothing open before them, they mean nothing but themselves.
 */
export class Tip {
  private constructor(private readonly node: Text, private word: string) {}

  /** at finds the tip of a root that shows blocks at its end; nothing where more words might change what stands there. */
  static at(root: Element, blocks: string): Tip | undefined {
    const line = blocks.slice(blocks.lastIndexOf("\n") + 1);
    if (!/\p{L}/u.test(line) || blocks.includes("[") || mend(blocks + "x") !== blocks + "x") return undefined;
    const node = lastText(root.lastElementChild);
    return node?.data.endsWith(/\S*\s*$/.exec(line)![0]) ? new Tip(node, lastWord(line)) : undefined;
  }

  /** grow adds more; false, and nothing done, when it is not plain. */
  grow(more: string): boolean {
    const grown = this.word + more;
    if (!plain.test(grown) || address.test(grown)) return false;
    this.node.appendData(more);
    this.word = lastWord(grown);
    return true;
  }
}

function lastWord(text: string): string {
  return /\S*$/.exec(text)![0];
}

function lastText(block: Element | null): Text | undefined {
  const last = block?.lastChild;
  if (!block || !last) return undefined;
  if (inside.has(block.tagName) && last.nodeType === 3 && (last as Text).data.trim()) return last as Text;
  return around.has(block.tagName) ? lastText(block.lastElementChild) : undefined;
}
