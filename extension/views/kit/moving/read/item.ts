import type { Attachment, Conversation, Message, RecordKind } from "../../../../gen/wire";
import type { Why } from "./why";

/** Incoming is a record as kAI keeps it, read from a file. */
export interface Incoming {
  kind: RecordKind;
  id: string;
  body: object;
}

/** Picture is one that messages name, in base64. */
export interface Picture {
  type: "picture";
  name: string;
  data: string;
  where: string;
}

/** Image is one that a service made, for the gallery, in base64. */
export interface Image {
  type: "image";
  id: string;
  data: string;
  prompt: string;
  /** The kind of the service that made it. */
  service: string;
  created: string;
  where: string;
}

/** Document is a text that nobody said, or the file that it is in, in base64. */
export interface Document {
  type: "document";
  title: string;
  /** The folder or collection that it stood in, a slash, and its name. */
  source: string;
  collection?: string;
  text?: string;
  file?: string;
  /** Of what it was read from, where kAI noted that. */
  hash?: string;
}

/** Service is a connected one. Its key is for whoever keeps keys, and for nobody else. */
export interface Service {
  type: "service";
  kind: string;
  name: string;
  url: string;
  key?: string;
  where: string;
}

/** One is what is no record, and kept by itself. */
export type One = Picture | Image | Document | Service;

/** Item is what a reader makes of a part of a file. */
export type Item =
  /** What belongs together: it comes as a whole or not at all. */
  | { type: "records"; records: Incoming[] }
  | One
  /** What cannot come: why, or what it is, and where in the file it was. */
  | { type: "left"; what: Why; where: string; n?: number };

/** Find gives a picture that lies beside what is read, by the name that its program has for it, in base64. */
export type Find = (name: string) => Promise<string | undefined>;

/** Reader turns the parts of one file into what kAI keeps. */
export interface Reader {
  /** From where the file is, for people. */
  name: string;
  take(key: string, value: unknown, where: string): Promise<Item[]>;
  /** What comes when all parts were taken. */
  end?(): Promise<Item[]>;
  /** Whether what is under a key is worth parsing. */
  wants?(key: string): boolean;
}

/** Left counts what of a file, or of a piece of one, cannot come. */
export class Left {
  private readonly counts = new Map<Why, number>();
  constructor(private readonly where: string) {}

  add(what: Why, n = 1): void {
    if (n > 0) this.counts.set(what, (this.counts.get(what) ?? 0) + n);
  }

  items(): Item[] {
    return [...this.counts].map(([what, n]) => ({ type: "left", what, where: this.where, n }));
  }
}

/** talk makes the records of a conversation. It comes last: what is cut off before it is not seen, and comes with the next import. */
export function talk(conversation: Conversation, messages: Message[]): Item {
  const records: Incoming[] = messages.map((m) => ({ kind: "message", id: m.id, body: m }));
  return { type: "records", records: [...records, { kind: "conversation", id: conversation.id, body: conversation }] };
}

/** first is the parent of a message that nothing is before. */
export const first = "-";

const dayMs = 86_400_000;

/** moment tells a time of a file in milliseconds. A time that cannot be is none. */
export function moment(seconds: unknown, now = Date.now()): number | undefined {
  const n = typeof seconds === "string" && seconds.trim() !== "" ? Number(seconds) : seconds;
  if (typeof n !== "number" || !Number.isFinite(n) || n <= 0) return undefined;
  // Programs count seconds, milliseconds, or (Open WebUI since 2024, in places) nanoseconds.
  const ms = Math.floor(n > 1e17 ? n / 1e6 : n > 1e11 ? n : n * 1000);
  return ms < now + dayMs ? ms : undefined;
}

/** iso writes milliseconds as kAI keeps times. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** hex writes bytes. */
export const hex = (bytes: Uint8Array): string => [...bytes].map((x) => x.toString(16).padStart(2, "0")).join("");

/**
 * idOf makes an id (a UUIDv7 in form) of a time and of what names something in its source: the same again gives the same id,
 * and ids are in the order of times, which is the order of a conversation.
 */
export async function idOf(ms: number, name: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name)));
  const b = hash.slice(0, 16);
  for (let i = 5, rest = ms; i >= 0; i--, rest = Math.floor(rest / 256)) b[i] = rest % 256;
  b[6] = (b[6]! & 0x0f) | 0x70;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const text = hex(b);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}

/** titleOf makes a line of a title, or of the first words. */
export function titleOf(title: unknown, text = ""): string {
  const line = (s: string, n: number) => {
    const words = s.replace(/[\u0000-\u0020\u007f\u00a0]+/g, " ").trim();
    return [...words].length > n ? `${[...words].slice(0, n).join("").trimEnd()}…` : words;
  };
  return (typeof title === "string" && line(title, 200)) || line(text, 60);
}

const maxAttached = 100_000; // characters of a file that goes along with a message; a question's own has as many

/** attach makes an attachment of the text of a file. */
export function attach(title: string, whole: string): Attachment {
  const cut = whole.length > maxAttached;
  return { type: "page", title, url: "", text: whole.slice(0, maxAttached), ...(cut ? { truncated: true } : {}) };
}

/** Fields is a JSON object, of which nothing is known. */
export type Fields = { [name: string]: unknown };

export const fields = (v: unknown): Fields => (typeof v === "object" && v !== null && !Array.isArray(v) ? (v as Fields) : {});
export const list = (v: unknown): unknown[] => (Array.isArray(v) ? v : []);
export const text = (v: unknown): string => (typeof v === "string" ? (v as string & { toWellFormed(): string }).toWellFormed() : "");

/** join puts two texts one after the other. */
export const join = (a: string, b: string): string => (a && b ? `${a}\n\n${b}` : a || b);
