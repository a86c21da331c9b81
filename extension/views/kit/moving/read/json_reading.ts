import { chatgpt } from "./chatgpt";
import { fields, type Find, type Item, type Reader } from "./item";
import { kai } from "./kai";
import { kaiCd } from "./kai_cd";
import { openWebUI } from "./open_webui";
import { isOpenWebUIConfig, openWebUIConfig, openWebUIModels, openWebUIPrompts } from "./open_webui_settings";
import { pageAssist, pageAssistKeys } from "./page_assist";
import { Problem } from "./taker";

/** JsonReading reads a file of JSON from its parts, as they are cut from it, once these say whose it is. */
export class JsonReading {
  private reader: Reader | undefined;

  constructor(private readonly name: string, private readonly find?: Find) {}

  /** source is from where the file is; empty until that is known. */
  get source(): string {
    return this.reader?.name ?? "";
  }

  /** take takes a part: of a list its elements, of an object its members, and of those that are lists their elements. No text: it is too large. */
  async take(key: string, index: number, text: string | undefined): Promise<Item[]> {
    const where = `${this.name} ${key}[${index}]`;
    if (this.reader?.wants && !this.reader.wants(key)) return [];
    if (text === undefined) return [{ type: "left", what: "tooLong", where }];
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return [{ type: "left", what: "broken", where }];
    }
    this.reader ??= readerOf(key, value, this.find);
    if (!this.reader && key === "") throw new Problem("unknown"); // all of a list are alike
    return (await this.reader?.take(key, value, where)) ?? [];
  }

  /** end gives what comes in the end. whole: whether the file ended where its JSON does. */
  async end(whole: boolean): Promise<Item[]> {
    if (!this.reader) throw new Problem("unknown");
    const cut: Item[] = whole ? [] : [{ type: "left", what: "cut", where: this.name }];
    return [...cut, ...((await this.reader.end?.()) ?? [])];
  }
}

// readerOf tells by a part of a JSON file of whom it is, if that part tells.
function readerOf(key: string, value: unknown, find?: Find): Reader | undefined {
  const v = fields(value);
  if (key === "") return listReader(v, find);
  if (key === "format" && (value === "kai-export" || value === "kai-conversation")) return kai();
  if (isOpenWebUIConfig(key)) return openWebUIConfig();
  if (pageAssistKeys.includes(key)) return pageAssist;
  if (key === "metadata" || key === "data" || (key === "version" && typeof value === "string")) return kaiCd();
  return undefined;
}

function listReader(v: { [name: string]: unknown }, find?: Find): Reader | undefined {
  if ("mapping" in v) return chatgpt(find);
  if ("chat" in v) return openWebUI;
  if ("command" in v && "content" in v) return openWebUIPrompts;
  if ("base_model_id" in v || ("params" in v && "meta" in v)) return openWebUIModels;
  return undefined;
}
