import type { Message, ToolUse } from "../../../gen/wire";

/** Piece is a part of an answer: text, or a call of a tool. */
export type Piece = { text: string } | { use: ToolUse };

/** piecesOf gives an answer in the order in which it was made: text, the calls that followed it, and again. */
export function piecesOf(m: Pick<Message, "text" | "tools">): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  const say = (end?: number) => {
    const text = m.text.slice(at, end).trim();
    if (text) out.push({ text });
  };
  for (const use of m.tools ?? []) {
    if (use.at > at) {
      say(use.at);
      at = use.at;
    }
    out.push({ use });
  }
  say();
  return out;
}
