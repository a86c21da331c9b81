import { t } from "../../../strings";

const maxPiece = 240; // characters; browsers fall silent in the middle of longer ones

/** spoken makes of an answer in Markdown what is to be heard. Code is named, not spelled. */
export function spoken(markdown: string): string {
  return markdown
    .replace(/^[ \t]*(```+|~~~+)[\s\S]*?(?:^[ \t]*\1[ \t]*$|$(?![\s\S]))/gm, `\n${t.voice.code}\n`)
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\[([^\]]+)\]\([^)]*\)/g, "$1")
    .replace(/\[\d+\]/g, "") // where a passage is cited
    .replace(/<?https?:\/\/([^\s/>)]+)[^\s>)]*>?/g, "$1")
    .replace(/^[ \t]*\|?[ \t:|-]*-[ \t:|-]*\|?[ \t]*$/gm, "") // lines between parts, and under the names of a table
    .replace(/<\/?[a-z][^>]*>/gi, " ")
    .replace(/^[ \t]*(?:#{1,6}|>+|[-*+])[ \t]+/gm, "")
    .replace(/[ \t]*\|[ \t]*/g, ", ")
    .replace(/(\*\*|__|~~|\*|`+)(?=\S)([^\n]*?\S)\1/g, "$2")
    .replace(/^[ ,]+|[ ,]+$/gm, "")
    .replace(/\n{2,}/g, "\n")
    .trim();
}

/** pieces cuts a text into what is said at once: whole sentences, as far as they fit. */
export function pieces(text: string, language?: string): string[] {
  const out: string[] = [];
  for (const { segment } of new Intl.Segmenter(language, { granularity: "sentence" }).segment(text)) {
    for (const part of parts(segment.trim())) {
      const last = out.at(-1);
      if (last !== undefined && last.length + part.length < maxPiece) out[out.length - 1] = `${last} ${part}`;
      else if (part) out.push(part);
    }
  }
  return out;
}

// parts cuts a sentence that is too long, between words where it has any.
function parts(sentence: string): string[] {
  const out: string[] = [];
  let rest = sentence;
  while (rest.length > maxPiece) {
    const space = rest.lastIndexOf(" ", maxPiece);
    const at = space > maxPiece / 2 ? space : maxPiece;
    out.push(rest.slice(0, at).trim());
    rest = rest.slice(at).trim();
  }
  return [...out, rest];
}
