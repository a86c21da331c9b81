/** shorten cuts text to at most limit bytes of UTF-8, at a character boundary. */
export function shorten(text: string, limit: number): { text: string; cut: boolean } {
  if (text.length * 3 <= limit) return { text, cut: false };
  const room = new Uint8Array(limit);
  const { read } = new TextEncoder().encodeInto(text, room);
  return read >= text.length ? { text, cut: false } : { text: text.slice(0, read), cut: true };
}
