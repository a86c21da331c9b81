// The methods blob.* of the assistant (shared/assistant/methods.go): pictures, whole and in base64, as views and kai ask for
// them. The program only passes them on, so that what a picture needs is not part of it.

import type { Answer, Scratch } from "./answer";
import type { ServeBlobs } from "./blobs";
import { Refusal } from "./refusal";

const PART = 1 << 20; // as in blobs.go
const MOST = 8 << 20; // assistant.MaxPictureBytes
const NAME = /^sha256:[0-9a-f]{64}$/;

interface Ask { id?: unknown; data?: unknown; after?: unknown; limit?: unknown; before?: unknown }

let uploads = 0;

/** Answers one method; body and answer are JSON. */
export async function servePicture(method: string, body: string, serve: ServeBlobs, epoch: number): Promise<Answer> {
  const ask = JSON.parse(body || "{}") as Ask;
  switch (method) {
    case "blob.put": return answer({ id: await keep(bytesOf(ask.data), serve, `${epoch}.p${++uploads}`) });
    case "blob.get": return answer({ data: base64(await read(nameOf(ask.id), serve)) });
    case "blob.list": {
      const flat = JSON.parse((await serve("blobList", [String(ask.after ?? ""), String(Number(ask.limit) || 200)], null)).head) as (string | number)[];
      const out = [];
      for (let i = 0; i < flat.length; i += 3) out.push({ name: flat[i], size: flat[i + 1], put: new Date(flat[i + 2] as number).toISOString() });
      return answer(out);
    }
    case "blob.sweep":
      await serve("blobSweep", [String(Number(ask.before) || 0)], null);
      return answer({});
    default: throw new Refusal("NoMethod");
  }
}

function answer(value: unknown): Answer {
  return { head: JSON.stringify(value) };
}

function nameOf(id: unknown): string {
  if (typeof id !== "string" || !NAME.test(id)) throw new Refusal("NoBlob");
  return id;
}

function bytesOf(data: unknown): Uint8Array {
  try {
    const bytes = Uint8Array.from(atob(data as string), (c) => c.charCodeAt(0));
    if (bytes.length <= MOST && isPicture(bytes)) return bytes;
  } catch { /* it is no base64 */ }
  throw new Refusal("NoPicture");
}

/** Whether bytes begin as PNG, JPEG or WebP do. */
function isPicture(b: Uint8Array): boolean {
  const text = (at: number) => String.fromCharCode(...b.subarray(at, at + 4));
  return text(0) === "\x89PNG" || (b[0] === 0xff && b[1] === 0xd8 && b[2] === 0xff) || (text(0) === "RIFF" && text(8) === "WEBP");
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

async function digest(bytes: Uint8Array): Promise<string> {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
  return `sha256:${[...sum].map((b) => b.toString(16).padStart(2, "0")).join("")}`;
}

async function keep(bytes: Uint8Array, serve: ServeBlobs, upload: string): Promise<string> {
  const name = await digest(bytes);
  for (let at = 0; at < bytes.length || at === 0; at += PART) await serve("blobPart", [upload, String(at)], bytes.slice(at, at + PART));
  await serve("blobKeep", [name, upload, String(bytes.length), String(Date.now())], null);
  return name;
}

async function read(name: string, serve: ServeBlobs): Promise<Uint8Array> {
  const [upload, size] = JSON.parse((await serve("blobFind", [name], null)).head) as [string?, number?];
  if (upload === undefined || size === undefined) throw new Refusal("NoBlob");
  if (size > MOST) throw new Refusal("NoPicture");
  const out = new Uint8Array(size);
  for (let at = 0; at < size; at += PART) {
    const part = (await serve("blobRead", [upload, String(at)], null)).data?.(undefined as unknown as Scratch);
    if (part && at + part.length <= size) out.set(part, at);
  }
  if ((await digest(out)) !== name) throw new Refusal("Spoilt");
  return out;
}
