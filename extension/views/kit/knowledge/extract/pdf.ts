import { getDocument, GlobalWorkerOptions, type PDFDocumentProxy } from "pdfjs-dist/legacy/build/pdf.mjs";
import { t } from "../../../../strings";
import { maxTextBytes, patience, Problem } from "./extract";
import type { Bomb } from "./pdf_bound";

/**
 * readPdf gives the text of a PDF, page by page. The reading is done by a worker, which is ended when it takes too long or too
 * much memory: a PDF can hold more work than a computer has days.
 */
export async function readPdf(file: Blob): Promise<string> {
  const worker = new Worker(new URL("pdf_worker.js", import.meta.url), { type: "module" });
  GlobalWorkerOptions.workerPort = worker;
  const data = new Uint8Array(await file.arrayBuffer());
  const reading = getDocument({ data, disableFontFace: true, stopAtErrors: false, enableXfa: false, verbosity: 0 });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const givenUp = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Problem(t.knowledge.tooSlow)), patience);
    worker.addEventListener("message", ({ data }: MessageEvent<Partial<Bomb>>) => data.bomb && fail(new Problem(t.knowledge.bomb)));
  });
  try {
    return await Promise.race([reading.promise.then(textOf), givenUp]);
  } catch (error) {
    throw problemOf(error);
  } finally {
    clearTimeout(timer);
    worker.terminate();
    GlobalWorkerOptions.workerPort = null;
  }
}

async function textOf(pdf: PDFDocumentProxy): Promise<string> {
  const pages: string[] = [];
  let length = 0;
  for (let n = 1; n <= pdf.numPages; n++) {
    const page = await pdf.getPage(n);
    const { items } = await page.getTextContent();
    const text = items.map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : "")).join("");
    page.cleanup();
    if ((length += text.length) > maxTextBytes) throw new Problem(t.knowledge.tooLong(maxTextBytes));
    pages.push(text);
  }
  if (length === 0) throw new Problem(t.knowledge.pictures);
  return pages.join("\f");
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const name = (error as { name?: string }).name;
  return new Problem(name === "PasswordException" ? t.knowledge.password : t.knowledge.broken);
}
