import { t } from "../../../../strings";
import { chatgpt } from "./chatgpt";
import { fields, type Item, type Reader } from "./item";
import { kai } from "./kai";
import { kaiCd } from "./kai_cd";
import { MarkdownTaker } from "./markdown";
import { openWebUI } from "./open_webui";
import { pageAssist, pageAssistKeys } from "./page_assist";
import { Malformed, Splitter, type Part } from "./json";
import { Problem, type Sink, type Taker } from "./taker";

const maxPart = 64 << 20; // characters: a conversation that is larger than the rest of a life

/** Opener makes what reads a file of a name. */
export type Opener = (name: string, sink: Sink, changed: number) => Taker;

// What comes along in ChatGPT's zip and has nothing of what was said.
const beside = /(?:^|\/)(?:user|user_settings|message_feedback|model_comparisons|shared_conversations|export_manifest|conversation_asset_file_names)\.json$/;

/** openerOf tells how a file is read, by its name; nothing reads pictures. Whatever else is chosen by itself is tried. */
export function openerOf(name: string, inZip: boolean): Opener | undefined {
  if (/(?:^|\/)(?:__MACOSX\/|\.)/.test(name) || name.endsWith("/")) return undefined;
  if (inZip && beside.test(name)) return undefined;
  if (/\.(?:md|markdown)$/i.test(name)) return (n, sink, changed) => new MarkdownTaker(n, changed, sink);
  if (/\.json$/i.test(name) || !inZip) return (n, sink) => new JsonTaker(n, sink);
  return undefined;
}

// readerOf tells by the first part of a JSON file of whom it is.
function readerOf(part: Part, value: unknown): Reader | undefined {
  const first = fields(value);
  if (part.key === "" && "mapping" in first) return chatgpt;
  if (part.key === "" && "chat" in first) return openWebUI;
  if (part.key === "format" && (value === "kai-export" || value === "kai-conversation")) return kai();
  if (pageAssistKeys.includes(part.key)) return pageAssist;
  if (["version", "metadata", "data"].includes(part.key)) return kaiCd();
  return undefined;
}

/** JsonTaker reads a file of JSON. */
class JsonTaker implements Taker {
  private readonly decoder = new TextDecoder();
  private readonly splitter = new Splitter(maxPart);
  private reader: Reader | undefined;

  constructor(private readonly name: string, private readonly sink: Sink) {}

  async push(bytes: Uint8Array): Promise<void> {
    await this.cut(this.decoder.decode(bytes, { stream: true }));
  }

  async end(): Promise<void> {
    await this.cut(this.decoder.decode());
    if (!this.reader) throw new Problem(t.moving.left.unknown);
    try {
      this.splitter.end();
    } catch {
      await this.items([{ type: "left", what: t.moving.left.cut, where: this.name }]); // what came before the cut is good
    }
    await this.items((await this.reader.end?.()) ?? []);
  }

  private async cut(text: string): Promise<void> {
    let parts: Part[];
    try {
      parts = this.splitter.push(text);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      throw new Problem(this.reader ? t.moving.left.cut : t.moving.left.unknown);
    }
    for (const part of parts) await this.take(part);
  }

  private async take(part: Part): Promise<void> {
    const where = `${this.name} ${part.key}[${part.index}]`;
    if (this.reader?.wants && !this.reader.wants(part.key)) return;
    if (part.text === undefined) return this.items([{ type: "left", what: t.moving.left.tooLong, where }]);
    let value: unknown;
    try {
      value = JSON.parse(part.text);
    } catch {
      return this.items([{ type: "left", what: t.moving.left.broken, where }]);
    }
    if (!this.reader) {
      this.reader = readerOf(part, value);
      if (!this.reader) throw new Problem(t.moving.left.unknown);
      this.sink.source(this.reader.name);
    }
    await this.items(await this.reader.take(part.key, value, where));
  }

  private async items(items: Item[]): Promise<void> {
    for (const item of items) await this.sink.item(item);
  }
}
