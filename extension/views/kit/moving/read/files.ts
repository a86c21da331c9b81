import { Unzip, UnzipInflate, type UnzipFile } from "fflate";
import { openerOf } from "./sources";
import { Problem, type Sink, type Taker } from "./taker";
import type { Why } from "./why";
import { ZipShelf } from "./zip_shelf";

/** Limits of a file. What is over them is named and left out: a bomb is small on disk and endless in memory. */
const maxUnpacked = 2 ** 31; // of one entry
const maxEntries = 200_000;
const bombFrom = 64 << 20;
const bombRatio = 400; // text is packed to a hundredth at most, nothing to a thousandth
const zipStep = 16 << 10; // what one push can unpack to is a thousand times that
const plainStep = 1 << 20;

/** readFiles reads files one after the other. What cannot be read is told to the sink, by name, and the rest goes on. */
export async function readFiles(files: File[], sink: Sink): Promise<void> {
  let before = 0;
  for (const file of files) {
    const name = file.webkitRelativePath || file.name;
    const report = (n: number) => sink.progress(before + n);
    try {
      if (await isZip(file)) await readZip(file, sink, report);
      else await readPlain(file, name, sink, report);
    } catch (error) {
      await sink.item({ type: "left", what: sayProblem(error), where: name });
    }
    before += file.size;
    sink.progress(before);
  }
}

function sayProblem(error: unknown): Why {
  if (error instanceof Problem) return error.what;
  return "unreadable"; // a file that was moved or changed since it was chosen, or a disk that fails
}

async function isZip(file: File): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return head[0] === 0x50 && head[1] === 0x4b && head[2]! < 8;
}

async function readPlain(file: File, name: string, sink: Sink, report: (n: number) => void): Promise<void> {
  const open = openerOf(name, false);
  if (!open) throw new Problem("unknown");
  if (file.size > maxUnpacked) throw new Problem("tooLarge");
  const taker = open(name, sink, file.lastModified);
  for (let at = 0; at < file.size; at += plainStep) {
    await taker.push(new Uint8Array(await file.slice(at, at + plainStep).arrayBuffer()));
    report(Math.min(file.size, at + plainStep));
  }
  await taker.end();
}

/** Unpacked is what has come out of a zip and is not read yet. */
type Unpacked = { entry: Entry; data?: Uint8Array; end?: boolean; wrong?: boolean };

interface Entry {
  name: string;
  taker: Taker;
  size: number;
  from: number; // where in the zip it begins, about
  over: boolean;
}

async function readZip(file: File, sink: Sink, report: (n: number) => void): Promise<void> {
  const waiting: Unpacked[] = [];
  const shelf = await ZipShelf.of(file);
  let at = 0, entries = 0, others = 0;
  const unzip = new Unzip((found: UnzipFile) => {
    if (++entries > maxEntries) throw new Problem("bomb");
    const open = shelf.has(found.name) ? undefined : openerOf(found.name, true);
    if (!open) {
      if (!found.name.endsWith("/")) others++;
      return;
    }
    const name = `${file.name}/${found.name}`;
    const entry: Entry = { name, taker: open(name, sink, file.lastModified, (pointer) => shelf.find(pointer)), size: 0, from: at, over: false };
    found.ondata = (error, data, end) => {
      if (!entry.over) waiting.push(error ? { entry, wrong: true } : { entry, data, end });
    };
    found.start();
  });
  unzip.register(UnzipInflate);
  while (at < file.size) {
    const piece = new Uint8Array(await file.slice(at, at + plainStep).arrayBuffer());
    for (let i = 0; i < piece.length; i += zipStep) {
      at += Math.min(zipStep, piece.length - i);
      push(unzip, piece.subarray(i, i + zipStep), at >= file.size);
      for (const u of waiting.splice(0)) await take(u, at, sink);
      report(at);
    }
  }
  if (entries === 0) throw new Problem("damaged");
  others -= shelf.used.size;
  if (others > 0) await sink.item({ type: "left", what: "others", where: file.name, n: others });
}

function push(unzip: Unzip, piece: Uint8Array, last: boolean): void {
  try {
    unzip.push(piece, last);
  } catch (error) {
    throw error instanceof Problem ? error : new Problem("damaged");
  }
}

async function take(u: Unpacked, at: number, sink: Sink): Promise<void> {
  const { entry } = u;
  if (entry.over) return;
  try {
    if (u.wrong) throw new Problem("damaged");
    entry.size += u.data?.length ?? 0;
    const bomb = entry.size > bombFrom && entry.size > bombRatio * Math.max(zipStep, at - entry.from);
    if (bomb || entry.size > maxUnpacked) throw new Problem("bomb");
    if (u.data?.length) await entry.taker.push(u.data);
    if (u.end) await entry.taker.end();
    entry.over = u.end ?? false;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    entry.over = true;
    await sink.item({ type: "left", what: error.what, where: entry.name });
  }
}
