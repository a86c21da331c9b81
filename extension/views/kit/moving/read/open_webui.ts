import type { Attachment } from "../../../../gen/wire";
import { attach, fields, iso, Left, list, moment, text, titleOf, type Fields, type Reader } from "./item";
import { Album } from "./pictures";
import { apart } from "./thinking";
import { chain, grow, type Said } from "./tree";

/**
 * openWebUI reads chat-export-….json: a list of chats, each with a tree of messages (history) or, from early versions, a list.
 * The shape is that of open-webui's own types, as n4ze3m/page-assist (src/libs/openwebui-import.ts) reads it too.
 */
export const openWebUI: Reader = {
  name: "Open WebUI",
  async take(_, value, where) {
    const outer = fields(value);
    const chat = fields(outer.chat);
    const left = new Left(where);
    const album = new Album(left, where);
    const history = fields(chat.history);
    const tree = Object.entries(fields(history.messages));
    const told: [string, unknown][] = tree.length > 0 ? tree : list(chat.messages).map((m, i) => [text(fields(m).id) || `${i}`, m]);
    const read: Said[] = [];
    for (const [id, m] of told) read.push(await message(id, fields(m), left, album));
    const all = tree.length > 0 ? read : chain(read);
    const system = all.find((s) => s.role === "system");
    const updated = moment(outer.updated_at);
    const items = await grow({
      id: `open-webui:${text(outer.id) || text(chat.id) || `${text(outer.title)} ${String(outer.created_at)}`}`, title: text(outer.title) || chat.title,
      created: moment(outer.created_at) ?? moment(chat.timestamp), updated, archived: outer.archived === true, current: text(history.currentId) || undefined,
      systemPrompt: system?.text || text(chat.system) || text(fields(chat.params).system),
      more: outer.pinned === true ? { pinned: iso(updated ?? 0) } : undefined,
    }, spoken(all));
    if (items.length === 0) left.add("empty");
    return [...album.items, ...items, ...left.items()];
  },
};

async function message(id: string, m: Fields, left: Left, album: Album): Promise<Said> {
  const { text: words, thinking, tools } = apart(contentOf(m));
  left.add("tools", tools);
  const model = text(m.modelName) || text(m.model);
  return {
    id, parent: text(m.parentId) || undefined, role: text(m.role), text: words, thinking: thinking || undefined, model: model || undefined, at: moment(m.timestamp),
    attachments: await attachmentsOf(m, left, album),
  };
}

function contentOf(m: Fields): string {
  if (!Array.isArray(m.content)) return text(m.content);
  return m.content.map((p) => text(fields(p).text)).filter(Boolean).join("\n\n");
}

async function attachmentsOf(m: Fields, left: Left, album: Album): Promise<Attachment[]> {
  const parts = list(m.content).map(fields).filter((p) => p.type === "image_url").map((p) => text(fields(p.image_url).url) || text(p.image_url));
  const files = list(m.files).map(fields);
  const images = files.filter((f) => f.type === "image" || text(f.content_type).startsWith("image/"));
  const out = await album.add([...parts, ...images.map((f) => text(f.url))]);
  for (const f of files) {
    if (images.includes(f)) continue;
    const file = fields(f.file);
    const words = text(fields(file.data).content) || text(f.content);
    if (words.trim()) out.push(attach(titleOf(text(f.name) || text(file.filename), words), words));
    else left.add("attachments");
  }
  return out;
}

/** spoken leaves out what neither side said, and has what followed it follow what it followed. */
export function spoken(all: Said[]): Said[] {
  const known = new Map(all.map((s) => [s.id, s]));
  const kept = (s: Said) => (s.role === "user" || s.role === "assistant") && Boolean(s.text.trim() || s.thinking || s.attachments?.length);
  return all.filter(kept).map((s) => {
    let parent = s.parent;
    for (let i = 0; parent !== undefined && known.has(parent) && !kept(known.get(parent)!) && i < all.length; i++) parent = known.get(parent)!.parent;
    return { ...s, parent };
  });
}
