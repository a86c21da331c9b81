// Brings a model file onto the shelf: from the person's disk, or from an address, going on where it was cut.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Wrong } from "./contract";
import { Unfit } from "./gguf";
import { free, type Note, type Shelf } from "./shelf";

const pauses = [500, 2000, 8000]; // ms, before trying again where a connection was cut

/** most is the largest file that fits into the memory of the engine beside what it needs to think, in bytes. */
export const most = 3.5 * 2 ** 30;

/** Tell hears how much of a file is here. */
export type Tell = (have: number) => void;

/** copy writes a file of the person's disk onto the shelf and gives its SHA-256. */
export async function copy(shelf: Shelf, note: Note, file: File, tell: Tell, signal: AbortSignal): Promise<string> {
  const wrong = await noRoom(note.size);
  if (wrong) throw new Unfit(wrong);
  const sum = sha256.create();
  await write(shelf, note.id, 0, file.stream(), sum, tell, signal).catch((error: unknown) => {
    throw (error as DOMException)?.name === "NotReadableError" ? new Unfit({ why: "unreadable" }) : error;
  });
  return bytesToHex(sum.digest());
}

/** fetchWhole has all of note.address on the shelf in the end and gives its SHA-256. */
export async function fetchWhole(shelf: Shelf, note: Note, tell: Tell, signal: AbortSignal): Promise<string> {
  for (let tries = 0; ; ) {
    const before = await shelf.size(note.id);
    try {
      return await fetchOn(shelf, note, tell, signal);
    } catch (error) {
      if (signal.aborted || (error instanceof Unfit && error.wrong.why !== "cut")) throw error;
      if ((await shelf.size(note.id)) > before) tries = 0;
      const pause = pauses[tries++];
      if (pause === undefined) throw error;
      await rest(pause, signal);
    }
  }
}

type Sum = ReturnType<typeof sha256.create>;

async function fetchOn(shelf: Shelf, note: Note, tell: Tell, signal: AbortSignal): Promise<string> {
  const have = await shelf.size(note.id);
  const answer = await ask(note.address, have, signal);
  const goesOn = answer.status === 206 && follows(answer, note, have);
  if (answer.status === 206 && !goesOn) { // it is another file now: from its beginning, then
    await answer.body?.cancel();
    await truncate(shelf, note.id);
    return fetchOn(shelf, note, tell, signal);
  }
  if (answer.status === 416 && have > 0) {
    if (have === note.size) return bytesToHex((await hashed(shelf, note.id, signal)).digest());
    await truncate(shelf, note.id);
    return fetchOn(shelf, note, tell, signal);
  }
  const from = goesOn ? have : 0;
  const wrong = await judge(answer, total(answer, from), from);
  if (wrong) {
    void answer.body?.cancel();
    throw new Unfit(wrong);
  }
  note.size = total(answer, from);
  note.tag = tagOf(answer);
  await shelf.note(note);
  const sum = goesOn ? await hashed(shelf, note.id, signal) : sha256.create();
  const end = await write(shelf, note.id, from, answer.body!, sum, tell, signal).catch((error: unknown) => {
    throw error instanceof TypeError ? new Unfit({ why: "cut" }) : error;
  });
  if (note.size > 0 && end < note.size) throw new Unfit({ why: "cut" });
  note.size = end;
  return bytesToHex(sum.digest());
}

async function ask(address: string, have: number, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
  try {
    return await fetch(address, { headers, signal, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" });
  } catch (error) {
    throw signal.aborted ? error : new Unfit({ why: have > 0 ? "cut" : "unreachable" });
  }
}

// Servers need not show these headers to other origins: what they do not say is not held against them.
function follows(answer: Response, note: Note, have: number): boolean {
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers.get("content-range") ?? "");
  if (range && (Number(range[1]) !== have || (note.size > 0 && Number(range[2]) !== note.size))) return false;
  const rest = Number(answer.headers.get("content-length") ?? 0);
  if (!range && (rest === 0 || have + rest !== note.size)) return false;
  return !note.tag || !tagOf(answer) || tagOf(answer) === note.tag;
}

function tagOf(answer: Response): string {
  return answer.headers.get("etag") ?? answer.headers.get("last-modified") ?? "";
}

// A packed answer is longer than it says.
function total(answer: Response, from: number): number {
  const rest = Number(answer.headers.get("content-length") ?? 0);
  return rest > 0 && !answer.headers.get("content-encoding") ? from + rest : 0;
}

// What an answer's head tells against it.
async function judge(answer: Response, size: number, from: number): Promise<Wrong | undefined> {
  if (!answer.ok) return { why: "status", status: answer.status };
  if (/text\/html/i.test(answer.headers.get("content-type") ?? "")) return { why: "web_page" };
  if (size > most) return { why: "too_large", size, most };
  return noRoom(size - from);
}

async function noRoom(size: number): Promise<Wrong | undefined> {
  const room = await free();
  return size > room ? { why: "no_room", size, free: room } : undefined;
}

async function truncate(shelf: Shelf, id: string): Promise<void> {
  const to = await shelf.open(id);
  to.truncate(0);
  to.close();
}

// What is here goes into the sum before what comes.
async function hashed(shelf: Shelf, id: string, signal: AbortSignal): Promise<Sum> {
  const sum = sha256.create();
  const reader = (await shelf.file(id)).stream().getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    signal.throwIfAborted();
    sum.update(piece.value);
  }
  return sum;
}

// write puts a stream into a file from a place on and tells where it ends.
async function write(shelf: Shelf, id: string, from: number, stream: ReadableStream<Uint8Array>, sum: Sum, tell: Tell, signal: AbortSignal): Promise<number> {
  const to = await shelf.open(id);
  const reader = stream.getReader();
  let at = from;
  try {
    to.truncate(from);
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      signal.throwIfAborted();
      if (at < 4) checkMagic(piece.value, at);
      if (to.write(piece.value, { at }) < piece.value.length) throw new Unfit({ why: "not_kept" });
      sum.update(piece.value);
      tell((at += piece.value.length));
    }
    return at;
  } catch (error) {
    throw (error as DOMException)?.name === "QuotaExceededError" ? new Unfit({ why: "no_room", size: 0, free: await free() }) : error;
  } finally {
    void reader.cancel().catch(() => undefined);
    to.flush();
    to.close();
  }
}

// What is no model file is found out by its first bytes, not after gigabytes.
function checkMagic(piece: Uint8Array, at: number): void {
  const magic = [0x47, 0x47, 0x55, 0x46];
  if (magic.slice(at).some((byte, i) => i < piece.length && piece[i] !== byte)) throw new Unfit({ why: "not_gguf" });
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason as Error)), { once: true });
  });
}
