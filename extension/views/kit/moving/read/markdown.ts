import { titleOf, type Item } from "./item";
import { Problem, type Sink, type Taker } from "./taker";
import { chain, grow, type Said } from "./tree";

const maxBytes = 4 << 20; // what a document may have

const asks = /^(?:you|user|human|me|prompt|question)$/i;
const answers = /^(?:assistant|ai|chatgpt|gpt[-\w.]*|claude|gemini|copilot|llama|mistral|bot|model|response|answer|kai)$/i;
// "## You", "**User:**", "### Assistant (10:31)": a line that says who speaks from here on.
const speaker = /^(?:(#{1,6})[ \t]+(.+?)|\*\*([^*\n]{1,40}?):?\*\*:?)[ \t#]*$/;

// What is no letter and no digit: signs, and pictures of faces. kai's engine knows no \p{L}.
const beforeName = /^[^0-9A-Za-z\u00AA-\u1FFF\u2C00-\uD7FF\uF900-\uFFDC]+/;

/**
 * MarkdownTaker reads a text. One in which two speak by turns is a conversation, as other programs and kAI itself save them;
 * any other is a document.
 */
export class MarkdownTaker implements Taker {
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });
  private size = 0;
  private whole = "";

  constructor(private readonly name: string, private readonly changed: number, private readonly sink: Sink) {}

  async push(bytes: Uint8Array): Promise<void> {
    if ((this.size += bytes.length) > maxBytes) throw new Problem("longText");
    this.whole += this.decode(bytes);
  }

  async end(): Promise<void> {
    this.whole += this.decode();
    if (!this.whole.trim()) throw new Problem("empty");
    this.sink.source("Markdown");
    for (const item of await readMarkdown(this.name, this.whole, this.changed)) await this.sink.item(item);
  }

  private decode(bytes?: Uint8Array): string {
    try {
      return this.decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new Problem("noText");
    }
  }
}

/** readMarkdown makes a conversation or a document of a text that was changed last at a time. */
export async function readMarkdown(name: string, whole: string, changed: number): Promise<Item[]> {
  const body = whole.replace(/\r\n?/g, "\n").replace(/^\uFEFF?---\n[\s\S]*?\n---\n/, "");
  const turns = turnsOf(body);
  const title = titleOf(/^#[ \t]+(.+)$/m.exec(body.slice(0, 2000))?.[1], name.split("/").at(-1)!.replace(/\.\w+$/, ""));
  if (!turns) return [{ type: "document", title, source: name, text: body }];
  return grow({ id: `markdown:${name}`, title, created: changed, updated: changed, undated: true }, chain(turns));
}

/** Mark is a line that says who speaks. */
interface Mark {
  level: string;
  who: string;
}

function markOf(line: string): Mark | undefined {
  const found = speaker.exec(line);
  if (!found) return undefined;
  return { level: found[1] ?? "**", who: (found[2] ?? found[3]!).replace(/\s*(?:\([^)]*\)|:)\s*$/, "").replace(beforeName, "").trim() };
}

// turnsOf finds who said what, if two speak: somebody who asks, and what answers, which may have the name of a model.
function turnsOf(body: string): Said[] | undefined {
  const out: Said[] = [];
  let level: string | undefined;
  let model = "";
  let fenced = false;
  let lines: string[] = [];
  const end = () => {
    if (out.length > 0) out.at(-1)!.text = lines.join("\n").trim();
    lines = [];
  };
  const begin = (role: string) => {
    end();
    out.push({ id: `${out.length}`, role, text: "", model: role === "assistant" && !answers.test(model) ? model : undefined });
  };
  for (const line of body.split("\n")) {
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
    const mark = fenced ? undefined : markOf(line);
    const asked = out.at(-1)?.role === "user";
    if (mark && (level === undefined || mark.level === level) && asks.test(mark.who)) {
      level = mark.level;
      begin("user");
    } else if (mark && mark.level === level && (answers.test(mark.who) || mark.who === model || (asked && (!model || lines.some((l) => l.trim()))))) {
      model ||= mark.who;
      if (asked) {
        model = mark.who;
        begin("assistant");
      } else lines.push(line);
    } else lines.push(line);
  }
  end();
  const said = out.filter((s) => s.text);
  return said.some((s) => s.role === "user") && said.some((s) => s.role === "assistant") ? said : undefined;
}
