import type { Attachment } from "../../../../gen/wire";
import { fields, join, Left, list, moment, text, titleOf, type Document, type Fields, type Find, type Reader } from "./item";
import { Album } from "./pictures";
import { grow, type Said } from "./tree";

// What ChatGPT writes between characters of its own: where a source is cited in its page, for instance.
const marks = /\uE200[^\uE200\uE201]*\uE201/g;

/**
 * chatgpt reads conversations.json of "Export data": a list of conversations, each with a tree of messages ("mapping"). The
 * shape is not published; it is as several open readers of it have it (mitkury/chatgpt-export-parser, ztjhz/BetterChatGPT). What was
 * sent along lies beside it in the zip: pictures come with their messages, other files as documents.
 */
export const chatgpt = (find?: Find): Reader => ({
  name: "ChatGPT",
  async take(_, value, where) {
    const c = fields(value);
    const nodes = fields(c.mapping);
    const left = new Left(where);
    const album = new Album(left, where, find);
    const pictures = new Map<string, Attachment[]>();
    const documents: Document[] = [];
    for (const [id, node] of Object.entries(nodes)) {
      const m = fields(fields(node).message);
      const seen = await album.add(pointersOf(m));
      if (seen.length > 0) pictures.set(id, seen);
      documents.push(...(await documentsOf(m, left, find)));
    }
    const said = walk(nodes, left, pictures);
    const id = text(c.conversation_id) || text(c.id) || where;
    const items = await grow({
      id: `chatgpt:${id}`, title: c.title, created: moment(c.create_time), updated: moment(c.update_time), archived: c.is_archived === true,
      current: shown(text(c.current_node), nodes, new Map(said.map((s) => [s.id, s]))),
    }, said);
    if (items.length === 0) left.add("empty");
    return [...album.items, ...documents, ...items, ...left.items()];
  },
});

// pointersOf names the pictures of a message: "file-service://file-AbC" or, later, "sediment://file_0123".
function pointersOf(m: Fields): string[] {
  const parts = list(fields(m.content).parts).map(fields).filter((p) => text(p.content_type).includes("image"));
  return parts.map((p) => `asset:/${text(p.asset_pointer).replace(/^[\w-]+:\/\//, "")}`);
}

async function documentsOf(m: Fields, left: Left, find?: Find): Promise<Document[]> {
  const out: Document[] = [];
  for (const a of list(fields(m.metadata).attachments).map(fields)) {
    const id = text(a.id);
    if (!id || text(a.mime_type || a.mimeType).startsWith("image/")) continue;
    const file = await find?.(id);
    const title = titleOf(a.name, id);
    if (file) out.push({ type: "document", title, source: `ChatGPT/${id}/${title}`, collection: "ChatGPT", file });
    else left.add("attachments");
  }
  return out;
}

/** Step is where the walk through the tree is: the node, what was said last on the way to it, and what was thought since. */
interface Step {
  id: string;
  parent?: string;
  thinking: string;
}

// walk goes from the roots on, so that what a model thought or did on the way stands with the answer that came of it.
function walk(nodes: Fields, left: Left, pictures: Map<string, Attachment[]>): Said[] {
  const out = new Map<string, Open>();
  const seen = new Set<string>();
  const children = childrenOf(nodes);
  const steps: Step[] = [...(children.get("") ?? [])].reverse().map((id) => ({ id, thinking: "" }));
  // What hangs on nothing that is there, or on itself, is begun with in the end.
  const rest = Object.keys(nodes);
  for (;;) {
    const step = steps.pop() ?? next(rest, seen);
    if (!step) return [...out.values()];
    if (seen.has(step.id)) continue;
    seen.add(step.id);
    const { parent, thinking } = visit(step, fields(fields(nodes[step.id]).message), out, left, (children.get(step.id) ?? []).length, pictures.get(step.id));
    for (const id of [...(children.get(step.id) ?? [])].reverse()) steps.push({ id, parent, thinking });
  }
}

function next(rest: string[], seen: Set<string>): Step | undefined {
  while (rest.length > 0) {
    const id = rest.shift()!;
    if (!seen.has(id)) return { id, thinking: "" };
  }
  return undefined;
}

function childrenOf(nodes: Fields): Map<string, string[]> {
  const out = new Map<string, string[]>();
  for (const [id, node] of Object.entries(nodes)) {
    const parent = text(fields(node).parent);
    const known = parent in nodes ? parent : "";
    out.set(known, [...(out.get(known) ?? []), id]);
  }
  return out;
}

function visit(step: Step, m: Fields, out: Map<string, Open>, left: Left, children: number, attachments?: Attachment[]): { parent?: string; thinking: string } {
  const author = text(fields(m.author).role);
  const role = attachments && author === "tool" ? "assistant" : author; // pictures that a model had made are its answer
  const thought = thoughtsOf(m);
  if (thought) return { parent: step.parent, thinking: join(step.thinking, thought) };
  const said = role === author ? contentOf(m, left) : "";
  if ((!said.trim() && !attachments) || (role === author && hidden(m, role))) {
    if (role === "tool" || (role === "assistant" && said.trim())) left.add("tools");
    return { parent: step.parent, thinking: step.thinking };
  }
  const before = step.parent === undefined ? undefined : out.get(step.parent);
  if (role === "assistant" && before?.role === "assistant" && before.open) { // one answer, with the use of a tool in its middle
    before.text = join(before.text, said);
    before.thinking = join(before.thinking ?? "", step.thinking) || undefined;
    if (attachments) before.attachments = [...(before.attachments ?? []), ...attachments];
    before.open = children <= 1;
    return { parent: step.parent, thinking: "" };
  }
  const metadata = fields(m.metadata);
  const s: Open = {
    id: step.id, parent: step.parent, role, text: said, thinking: (role === "assistant" && step.thinking) || undefined, model: text(metadata.model_slug) || undefined,
    at: moment(m.create_time), open: children <= 1, attachments,
  };
  out.set(step.id, s);
  return { parent: step.id, thinking: "" };
}

/** Open is an answer that more of the same may follow: nothing branches off yet. */
interface Open extends Said {
  open?: boolean;
}

function hidden(m: Fields, role: string): boolean {
  const recipient = text(m.recipient);
  return (role !== "user" && role !== "assistant") || fields(m.metadata).is_visually_hidden_from_conversation === true || (recipient !== "" && recipient !== "all");
}

function thoughtsOf(m: Fields): string {
  const content = fields(m.content);
  if (content.content_type !== "thoughts") return "";
  return list(content.thoughts).map((x) => join(text(fields(x).summary), text(fields(x).content))).filter(Boolean).join("\n\n");
}

function contentOf(m: Fields, left: Left): string {
  const content = fields(m.content);
  const kind = text(content.content_type);
  if (kind === "reasoning_recap" || kind === "user_editable_context" || kind === "model_editable_context") return "";
  if (kind === "code") return content.text ? `\`\`\`${language(content)}\n${text(content.text)}\n\`\`\`` : "";
  const parts = Array.isArray(content.parts) ? content.parts : [content.text ?? content.result ?? ""];
  return parts.map((p) => partOf(p, left)).filter(Boolean).join("\n\n").replace(marks, "");
}

function language(content: Fields): string {
  const name = text(content.language);
  return /^[\w+-]{1,20}$/.test(name) && name !== "unknown" ? name : "";
}

function partOf(part: unknown, left: Left): string {
  if (typeof part === "string") return text(part);
  const p = fields(part);
  const kind = text(p.content_type);
  if (kind === "audio_transcription") return text(p.text);
  if (kind.includes("image")) return ""; // in the album
  if (kind.includes("audio") || kind.includes("video")) left.add("recordings");
  else if (text(p.text)) return text(p.text);
  return "";
}

// shown is the message that a node stands for: itself, or what was said last on the way to it.
function shown(node: string, nodes: Fields, said: Map<string, Said>): string | undefined {
  for (let i = 0; node && i < 100_000; i++) {
    if (said.has(node)) return node;
    node = text(fields(nodes[node]).parent);
  }
  return undefined;
}
