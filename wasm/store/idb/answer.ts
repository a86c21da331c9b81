// What goes back to Go: one text, and the bodies of records as bytes.

import { bytesOf, idAt, lengthAt, start, versionAt, type Leaf } from "./leaf";

/** What goes back to Go; the bytes are made when they are handed over, and copied there at once. Then it is over. */
export interface Answer { head: string; data?: (scratch: Scratch) => Uint8Array; over?: () => void }

/** Where the bytes of one answer after the other are put together: new ones each time keep the garbage collector busy. */
export class Scratch {
  private bytes = new Uint8Array(1 << 16);
  private readonly encoder = new TextEncoder();
  private at = 0;

  /** Starts over, with room for so many bytes. */
  start(size: number): void {
    const most = 1 << 20; // more is not kept
    if (size > this.bytes.length || this.bytes.length > most) this.bytes = new Uint8Array(Math.max(size, 1 << 16));
    this.at = 0;
  }

  /** How many bytes there are so far. */
  get size(): number {
    return this.at;
  }

  /** Makes room for so many bytes more. */
  grow(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const before = this.end();
    this.bytes = new Uint8Array(2 * (this.at + size));
    this.bytes.set(before);
  }

  text(text: string): void {
    this.at += this.encoder.encodeInto(text, this.at === 0 ? this.bytes : this.bytes.subarray(this.at)).written;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  end(): Uint8Array {
    return this.bytes.subarray(0, this.at);
  }
}

/** Collects an answer: a flat JSON list, and the bodies of the records in it one after the other. */
export class Output {
  count = 0;
  private size = 0;
  private parts: { leaf: Leaf; from: number; to: number }[] = [];

  constructor(readonly head: (string | number)[] = []) {}

  /** Adds id, version, length and body of a record. */
  record(leaf: Leaf, at: number): void {
    this.head.push(idAt(leaf, at));
    this.state(leaf, at);
  }

  private state(leaf: Leaf, at: number): void {
    const len = lengthAt(leaf, at);
    this.count++;
    this.head.push(versionAt(leaf, at), len);
    if (len <= 0) return;
    const from = start(leaf, at);
    const before = this.parts[this.parts.length - 1];
    if (before && before.leaf === leaf && before.to === from) before.to = from + len;
    else this.parts.push({ leaf, from, to: from + len });
    this.size += len;
  }

  answer(): Answer {
    return { head: JSON.stringify(this.head), data: (scratch) => this.bodies(scratch) };
  }

  private bodies(scratch: Scratch): Uint8Array {
    scratch.start(this.size);
    let texts: string[] = []; // encoded together: a call for each would take longer than the encoding
    const flush = (): void => {
      if (texts.length > 0) scratch.text(texts.join(""));
      texts = [];
    };
    for (const { leaf, from, to } of this.parts) {
      if (leaf.size === 1 && typeof leaf.text === "string") texts.push(leaf.text);
      else {
        flush();
        scratch.raw(bytesOf(leaf).subarray(from, to));
      }
    }
    flush();
    return scratch.end();
  }
}

/** Answers what was asked for by key: a flat JSON list of version and length of each record, and the bodies. They come in any
 *  order, and their values are not held on to. */
export class States {
  private readonly head: (string | number)[] = [];
  private readonly starts: number[] = []; // where the body of each record is in what has come
  private inOrder = true;
  private last = 0;

  /** came is where bodies are kept until the answer is over. */
  constructor(count: number, private came: Scratch) {
    for (let i = 0; i < count; i++) this.head.push("", 0);
    came.start(0);
  }

  /** Takes over the state of the record that was asked for in that place. */
  take(place: number, leaf: Leaf, at: number): void {
    const len = lengthAt(leaf, at);
    this.head[2 * place] = versionAt(leaf, at);
    this.head[2 * place + 1] = len;
    if (len <= 0) return;
    this.inOrder &&= place >= this.last;
    this.last = place;
    this.starts[place] = this.came.size;
    this.came.grow(len);
    const from = start(leaf, at);
    if (leaf.size === 1 && typeof leaf.text === "string") this.came.text(leaf.text);
    else this.came.raw(bytesOf(leaf).subarray(from, from + len));
  }

  answer(over: (came: Scratch) => void): Answer {
    return {
      head: JSON.stringify(this.head),
      data: (scratch) => (this.inOrder ? this.came.end() : this.ordered(scratch)),
      over: () => over(this.came),
    };
  }

  private ordered(scratch: Scratch): Uint8Array {
    const came = this.came.end();
    scratch.start(came.length);
    this.starts.forEach((from, place) => scratch.raw(came.subarray(from, from + (this.head[2 * place + 1] as number))));
    return scratch.end();
  }
}
