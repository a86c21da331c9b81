import { MaxVersion, MethodPart, type Envelope, type Part } from "../gen/wire";
import { fault } from "./fault";

/** MaxJoined is the largest frame that is put together from parts; more than that is a lying partner. */
export const MaxJoined = 64 << 20;

const partOverhead = 160; // what an envelope around a part adds, generously

/** encode writes an envelope as the frames that carry it: one, or parts when it is over limit bytes (0: no limit). */
export function encode(envelope: Envelope, limit: number, partId: () => string): string[] {
  const frame = JSON.stringify(envelope);
  if (limit <= 0 || frame.length * 3 <= limit || utf8Length(frame) <= limit) return [frame];
  const pieces = cut(frame, Math.max(limit - partOverhead, 64));
  const id = envelope.id ?? partId();
  return pieces.map((data, n) => {
    const body: Part = n === pieces.length - 1 ? { n, last: true, data } : { n, data };
    return JSON.stringify({ v: MaxVersion, id, kind: "chunk", method: MethodPart, body });
  });
}

/** cut divides text at character boundaries into pieces that take at most budget bytes as a JSON string in UTF-8. */
export function cut(text: string, budget: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  let used = 0;
  for (let i = 0; i < text.length; ) {
    const point = text.codePointAt(i) ?? 0;
    const cost = jsonCost(point);
    if (used + cost > budget && i > start) {
      pieces.push(text.slice(start, i));
      start = i;
      used = 0;
    }
    used += cost;
    i += point > 0xffff ? 2 : 1;
  }
  pieces.push(text.slice(start));
  return pieces;
}

// A lone surrogate is written as \udxxx, a control character as \u00xx: six bytes each.
function jsonCost(point: number): number {
  if (point < 0x20 || (point >= 0xd800 && point <= 0xdfff)) return 6;
  if (point === 0x22 || point === 0x5c) return 2;
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point > 0xffff ? 4 : 3;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

interface Pending {
  next: number;
  size: number;
  data: string[];
}

/** Joiner puts parts together again. Parts of several frames may be mixed; the parts of one arrive in order. */
export class Joiner {
  private readonly pending = new Map<string, Pending>();

  /** accept returns the envelope of a frame: itself, the one its last part completes, or nothing yet. */
  accept(frame: string): Envelope | undefined {
    const envelope = decode(frame);
    if (envelope.method !== MethodPart) return envelope;
    const whole = this.add(envelope.id ?? "", envelope.body as Partial<Part> | undefined);
    return whole === undefined ? undefined : decode(whole);
  }

  private add(id: string, part: Partial<Part> | undefined): string | undefined {
    if (typeof part?.n !== "number" || typeof part.data !== "string") {
      throw fault("malformed", "a part of a frame has no number or no data");
    }
    const p = part.n === 0 ? { next: 0, size: 0, data: [] } : this.pending.get(id);
    if (p === undefined || p.next !== part.n) throw fault("malformed", "the parts of a frame came out of order");
    p.next++;
    p.size += part.data.length;
    if (p.size > MaxJoined) throw fault("malformed", "a frame is larger than anything kAI sends");
    p.data.push(part.data);
    this.pending.set(id, p);
    if (part.last !== true) return undefined;
    this.pending.delete(id);
    return p.data.join("");
  }
}

const kinds: ReadonlySet<unknown> = new Set(["request", "reply", "event", "chunk", "cancel"]);

/** decode reads one frame, checking only what the bridge relies on. */
export function decode(frame: string): Envelope {
  let raw: unknown;
  try {
    raw = JSON.parse(frame);
  } catch {
    throw fault("malformed", "a frame is not JSON");
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw fault("malformed", "a frame is not an object");
  const e = raw as Partial<Envelope>;
  if (!kinds.has(e.kind) || (e.id !== undefined && typeof e.id !== "string")) {
    throw fault("malformed", "a frame is of no known kind");
  }
  return raw as Envelope;
}
