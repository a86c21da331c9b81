import { t } from "../../../../strings";

/** Limits of a file. What is over them is named and left out: a bomb is small on disk and endless in memory. */
export const maxFileBytes = 64 << 20;
export const maxTextBytes = 4 << 20;
/** A file that takes longer is given up. */
export const patience = 60_000;

/** Problem says to a person why a file could not be read. It is foreign when it was never a document. */
export class Problem extends Error {
  constructor(message: string, readonly foreign = false) {
    super(message);
  }
}

/** A kind of file that can be read, loaded when the first of it comes. */
const readers: Record<string, () => Promise<(file: File) => Promise<string>>> = {
  pdf: async () => (await import("./pdf")).readPdf,
  docx: async () => (await import("./docx")).readDocx,
  csv: async () => (await import("./csv")).readCsv,
  tsv: async () => (await import("./csv")).readCsv,
  html: async () => (await import("./html")).readHtml,
  htm: async () => (await import("./html")).readHtml,
  xhtml: async () => (await import("./html")).readHtml,
};

/** accepted lists what the picker of the browser offers. */
export const accepted = ".txt,.md,.markdown,.html,.htm,.pdf,.docx,.csv,.tsv,.json,.log,.rst,.tex,text/*";

/** extract gives the text of a file, with "\f" between pages and "# " before headings. It throws a Problem. */
export async function extract(file: File): Promise<string> {
  if (file.size > maxFileBytes) throw new Problem(t.knowledge.tooLarge(maxFileBytes));
  const ending = file.name.split(".").at(-1)!.toLowerCase();
  const reader = readers[ending];
  const text = reader ? await (await reader())(file) : await readText(file);
  if (text.length > maxTextBytes) throw new Problem(t.knowledge.tooLong(maxTextBytes));
  return text;
}

/** readText reads a file that is text already; one that is not says so by bytes that no text has. */
export async function readText(file: File): Promise<string> {
  const head = new Uint8Array(await file.slice(0, 4096).arrayBuffer());
  const wide = head[0] === 0xff && head[1] === 0xfe ? "utf-16le" : head[0] === 0xfe && head[1] === 0xff ? "utf-16be" : "";
  if (!wide && head.includes(0)) throw new Problem(t.knowledge.noText, true);
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (wide) return new TextDecoder(wide).decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
