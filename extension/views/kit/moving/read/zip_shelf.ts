import { Inflate } from "fflate";
import { base64 } from "../../../../bridge/base64";

const maxDirectory = 64 << 20; // bytes
const maxEntries = 200_000;
const maxStored = 16 << 20; // what is taken of one file
const step = 16 << 10; // of what is packed: it unpacks to a thousand times that at most

// How ChatGPT names what was sent to it and what it made: by an id, then the name that a person gave.
const asset = /(?:^|\/)(file[-_][A-Za-z0-9]+)[^/]*$/;
const conversations = /(?:^|\/)conversations[^/]*\.json$/;

interface Entry {
  method: number;
  packed: number;
  offset: number;
}

/** ZipShelf has the files of ChatGPT's zip that conversations name. Each is read where it lies, when it is asked for. */
export class ZipShelf {
  /** How many of them were asked for. */
  readonly used = new Set<string>();
  private constructor(private readonly file: Blob, private readonly entries: Map<string, Entry>) {}

  /** of reads what a zip says of its files. In one that has no such list, or is another program's, nothing is found. */
  static async of(file: Blob): Promise<ZipShelf> {
    return new ZipShelf(file, await listed(file).catch(() => new Map()));
  }

  /** has says whether a file of the zip is one of them. */
  has(name: string): boolean {
    return this.entries.has(asset.exec(name)?.[1] ?? "");
  }

  /** find gives one of them by what a message calls it, in base64; undefined when it is not there or cannot be read. */
  async find(pointer: string): Promise<string | undefined> {
    const id = asset.exec(pointer)?.[1] ?? "";
    const entry = this.entries.get(id);
    if (!entry || entry.packed > maxStored) return undefined;
    this.used.add(id);
    const head = await bytes(this.file, entry.offset, 30);
    const view = new DataView(head.buffer);
    if (head.length < 30 || view.getUint32(0, true) !== 0x04034b50) return undefined;
    const data = await bytes(this.file, entry.offset + 30 + view.getUint16(26, true) + view.getUint16(28, true), entry.packed);
    const whole = entry.method === 0 ? data : entry.method === 8 ? unpacked(data) : undefined;
    return whole && base64(whole);
  }
}

const bytes = async (file: Blob, at: number, n: number) => new Uint8Array(await file.slice(at, at + n).arrayBuffer());

function unpacked(data: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  let size = 0;
  const inflate = new Inflate((part) => {
    size += part.length;
    parts.push(part);
  });
  try {
    for (let i = 0; i < data.length; i += step) {
      inflate.push(data.subarray(i, i + step), i + step >= data.length);
      if (size > maxStored) return undefined; // a bomb, or no picture
    }
  } catch {
    return undefined;
  }
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

// listed reads the list at the end of a zip (APPNOTE.TXT 4.3.12 to 4.3.16), with the larger numbers of 4.5.3.
async function listed(file: Blob): Promise<Map<string, Entry>> {
  const out = new Map<string, Entry>();
  const tail = await bytes(file, Math.max(0, file.size - 65_600), 65_600);
  const view = new DataView(tail.buffer);
  let at = tail.length - 22;
  while (at >= 0 && view.getUint32(at, true) !== 0x06054b50) at--;
  if (at < 0) return out;
  let size = view.getUint32(at + 12, true), from = view.getUint32(at + 16, true);
  if (at >= 20 && view.getUint32(at - 20, true) === 0x07064b50) {
    const far = new DataView((await bytes(file, Number(view.getBigUint64(at - 12, true)), 56)).buffer);
    size = Number(far.getBigUint64(40, true));
    from = Number(far.getBigUint64(48, true));
  }
  if (size > maxDirectory) return out;
  const all = await bytes(file, from, size);
  const names = entriesOf(all, out);
  return names ? out : new Map();
}

// entriesOf takes those that conversations name, and says whether there are conversations.
function entriesOf(all: Uint8Array, out: Map<string, Entry>): boolean {
  const view = new DataView(all.buffer);
  let chats = false;
  for (let at = 0, n = 0; at + 46 <= all.length && n < maxEntries && view.getUint32(at, true) === 0x02014b50; n++) {
    const long = view.getUint16(at + 28, true), extra = view.getUint16(at + 30, true);
    const name = new TextDecoder().decode(all.subarray(at + 46, at + 46 + long));
    const id = asset.exec(name)?.[1];
    if (id) out.set(id, placeOf(view, at, at + 46 + long, extra));
    chats ||= conversations.test(name);
    at += 46 + long + extra + view.getUint16(at + 32, true);
  }
  return chats;
}

function placeOf(view: DataView, at: number, from: number, length: number): Entry {
  const entry: Entry = { method: view.getUint16(at + 10, true), packed: view.getUint32(at + 20, true), offset: view.getUint32(at + 42, true) };
  for (let i = from; i + 4 <= from + length; i += 4 + view.getUint16(i + 2, true)) {
    if (view.getUint16(i, true) !== 1) continue;
    let place = i + 4;
    if (view.getUint32(at + 24, true) === 0xffffffff) place += 8;
    if (entry.packed === 0xffffffff) {
      entry.packed = Number(view.getBigUint64(place, true));
      place += 8;
    }
    if (entry.offset === 0xffffffff) entry.offset = Number(view.getBigUint64(place, true));
    break;
  }
  return entry;
}
