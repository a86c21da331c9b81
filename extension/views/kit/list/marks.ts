/** Piece is a stretch of text that matched a searched word, or did not. */
export interface Piece {
  text: string;
  hit: boolean;
}

/** marked cuts text at the searched words, so that they can be shown marked without any markup in between. */
export function marked(text: string, words: string): Piece[] {
  const wanted = words.trim().split(/\s+/).filter(Boolean).map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (wanted.length === 0) return [{ text, hit: false }];
  const pattern = new RegExp(`(${wanted.sort((a, b) => b.length - a.length).join("|")})`, "giu");
  return text.split(pattern).map((piece, i) => ({ text: piece, hit: i % 2 === 1 })).filter((p) => p.text !== "");
}
