import { text, titleOf, type Document, type Fields, type Item } from "./item";

/** Begun is a document of which passages come. */
interface Begun {
  document: Document;
  place: string;
}

/**
 * Passages puts documents of kAI together again of their passages. All documents come before the first passage, and the passages of
 * one after the other, as kAI exports them; passages that come in another order are of no document.
 */
export class Passages {
  private readonly known = new Map<string, Begun>();
  private current = "";

  /** document takes what is known of one. */
  document(d: Fields, where: string): Item[] {
    const id = text(d.id);
    const title = titleOf(d.title);
    if (!id || !title || text(d.trashed)) return text(d.trashed) ? [] : [{ type: "left", what: "broken", where }];
    const collection = titleOf(d.collection);
    const document: Document = { type: "document", title, source: text(d.source) || title, text: "" };
    if (collection) document.collection = collection;
    if (text(d.hash)) document.hash = text(d.hash);
    this.known.set(id, { document, place: "" });
    return [];
  }

  /** take takes a passage, and gives the document that is whole by that. */
  take(p: Fields): Item[] {
    const id = text(p.document);
    const begun = this.known.get(id);
    const out = id === this.current ? [] : this.finish();
    if (!begun) return out;
    this.current = id;
    const again = typeof p.again === "number" ? p.again : 0;
    const place = text(p.place);
    const page = begun.place !== place && place.startsWith("page ");
    const between = begun.document.text === "" || again > 0 ? "" : page ? "\f" : "\n\n";
    begun.document.text += between + withoutBytes(text(p.text), again);
    begun.place = place;
    return out;
  }

  /** end gives what is left: the last document, and by name those of which nothing came. */
  end(): Item[] {
    const out = this.finish();
    for (const { document } of this.known.values()) out.push({ type: "left", what: "knowledge", where: document.title });
    this.known.clear();
    return out;
  }

  private finish(): Item[] {
    const begun = this.known.get(this.current);
    this.known.delete(this.current);
    this.current = "";
    return begun ? [begun.document] : [];
  }
}

// withoutBytes leaves out the first bytes of a text, as UTF-8 has them.
function withoutBytes(whole: string, n: number): string {
  let at = 0;
  for (const c of whole) {
    if (n <= 0) break;
    const code = c.codePointAt(0)!;
    n -= code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    at += c.length;
  }
  return whole.slice(at);
}
