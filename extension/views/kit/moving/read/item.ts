import type { Conversation, Message, RecordKind } from "../../../../gen/wire";

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

/** Document is a text that nobody said. */
export interface Document {
  type: "document";
  title: string;
  source: string;
  text: string;
}

/** Item is what a reader makes of a part of a file. */
export type Item =
  /** What belongs together: it comes as a whole or not at all. */
  | { type: "records"; records: Incoming[] }
  | Picture
  | Document
  /** What cannot come: what it is, and where in the file it was. */
  | { type: "left"; what: string; where: string; n?: number };

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
  private readonly counts = new Map<string, number>();
  constructor(private readonly where: string) {}

  add(what: string, n = 1): void {
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
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** titleOf makes a line of a title, or of the first words. */
export function titleOf(title: unknown, text = ""): string {
  const line = (s: string, n: number) => {
    const words = s.replace(/[\u0000-\u0020\u007f\u00a0]+/g, " ").trim();
    return [...words].length > n ? `${[...words].slice(0, n).join("").trimEnd()}…` : words;
  };
  return (typeof title === "string" && line(title, 200)) || line(text, 60);
}

/** Fields is a JSON object, of which nothing is known. */
export type Fields = { [name: string]: unknown };

export const fields = (v: unknown): Fields => (typeof v === "object" && v !== null && !Array.isArray(v) ? (v as Fields) : {});
export const list = (v: unknown): unknown[] => (Array.isArray(v) ? v : []);
export const text = (v: unknown): string => (typeof v === "string" ? v.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "\uFFFD") : "");

/** join puts two texts one after the other. */
export const join = (a: string, b: string): string => (a && b ? `${a}\n\n${b}` : a || b);
