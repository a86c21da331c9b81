import { unzip } from "fflate";
import { t } from "../../../../strings";
import { Problem } from "./extract";

const body = "word/document.xml";
const maxXml = 32 << 20; // unpacked: what a zip bomb is told by

/** readDocx gives the text of a Word file: its paragraphs, with "# " before headings, and tables a row a line. */
export async function readDocx(file: File): Promise<string> {
  const xml = await unpack(new Uint8Array(await file.arrayBuffer()));
  const parsed = new DOMParser().parseFromString(new TextDecoder().decode(xml), "application/xml");
  if (parsed.querySelector("parsererror")) throw new Problem(t.knowledge.broken);
  const lines: string[] = [];
  for (const p of parsed.getElementsByTagName("w:p")) {
    const text = wordsOf(p);
    if (text.trim()) lines.push(`${headingOf(p)}${text}`);
  }
  return lines.join("\n\n");
}

// Only the text is unpacked, and nothing that says it is larger than a text can be.
function unpack(zip: Uint8Array): Promise<Uint8Array> {
  return new Promise((done, fail) => {
    let large = false;
    unzip(zip, { filter: (f) => f.name === body && !(large = f.originalSize > maxXml) }, (error, files) => {
      const xml = files?.[body];
      if (xml && xml.length <= maxXml) done(xml);
      else fail(new Problem(large || xml ? t.knowledge.bomb : error ? t.knowledge.broken : t.knowledge.noWord));
    });
  });
}

function wordsOf(paragraph: Element): string {
  let text = "";
  for (const e of paragraph.getElementsByTagName("*")) {
    if (e.tagName === "w:t") text += e.textContent;
    else if (e.tagName === "w:tab") text += "\t";
    else if (e.tagName === "w:br") text += "\n";
  }
  return text;
}

function headingOf(paragraph: Element): string {
  const style = paragraph.getElementsByTagName("w:pStyle")[0]?.getAttribute("w:val") ?? "";
  const level = /^(?:Heading|berschrift|Titre)\s?([1-6])/i.exec(style)?.[1] ?? (/^Title$/i.test(style) ? "1" : "");
  return level ? `${"#".repeat(Number(level))} ` : "";
}
