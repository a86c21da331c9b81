import { JsonReading } from "./json_reading";
import type { Find } from "./item";
import { MarkdownTaker } from "./markdown";
import { Malformed, Splitter, type Part } from "./json";
import { Problem, type Sink, type Taker } from "./taker";

const maxPart = 64 << 20; // characters: a conversation that is larger than the rest of a life

/** Opener makes what reads a file of a name. */
export type Opener = (name: string, sink: Sink, changed: number, find?: Find) => Taker;

// What comes along in ChatGPT's zip and has nothing of what was said.
const beside = /(?:^|\/)(?:user|user_settings|message_feedback|model_comparisons|shared_conversations|export_manifest|conversation_asset_file_names)\.json$/;

/** openerOf tells how a file is read, by its name; nothing reads pictures. Whatever else is chosen by itself is tried. */
export function openerOf(name: string, inZip: boolean): Opener | undefined {
  if (/(?:^|\/)(?:__MACOSX\/|\.)/.test(name) || name.endsWith("/")) return undefined;
  if (inZip && beside.test(name)) return undefined;
  if (/\.(?:md|markdown)$/i.test(name)) return (n, sink, changed) => new MarkdownTaker(n, changed, sink);
  if (/\.json$/i.test(name) || !inZip) return (n, sink, _, find) => new JsonTaker(n, sink, find);
  return undefined;
}

/** JsonTaker reads a file of JSON. */
class JsonTaker implements Taker {
  private readonly decoder = new TextDecoder();
  private readonly splitter = new Splitter(maxPart);
  private readonly reading: JsonReading;
  private told = false; // of whom the file is

  constructor(name: string, private readonly sink: Sink, find?: Find) {
    this.reading = new JsonReading(name, find);
  }

  async push(bytes: Uint8Array): Promise<void> {
    await this.cut(this.decoder.decode(bytes, { stream: true }));
  }

  async end(): Promise<void> {
    await this.cut(this.decoder.decode());
    let whole = true;
    try {
      this.splitter.end();
    } catch {
      whole = false; // what came before the cut is good
    }
    for (const item of await this.reading.end(whole)) await this.sink.item(item);
  }

  private async cut(text: string): Promise<void> {
    let parts: Part[];
    try {
      parts = this.splitter.push(text);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      throw new Problem(this.reading.source ? "cut" : "unknown");
    }
    for (const part of parts) {
      const items = await this.reading.take(part.key, part.index, part.text);
      if (this.reading.source && !this.told) this.sink.source(this.reading.source);
      this.told = this.reading.source !== "";
      for (const item of items) await this.sink.item(item);
    }
  }
}
