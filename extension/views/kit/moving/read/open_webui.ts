import { t } from "../../../../strings";
import { fields, iso, Left, list, moment, text, type Fields, type Reader } from "./item";
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
    const history = fields(chat.history);
    const tree = Object.entries(fields(history.messages));
    const all = tree.length > 0 ? tree.map(([id, m]) => message(id, fields(m), left)) : chain(list(chat.messages).map((m, i) => message(text(fields(m).id) || `${i}`, fields(m), left)));
    const system = all.find((s) => s.role === "system");
    const updated = moment(outer.updated_at);
    const items = await grow({
      id: `open-webui:${text(outer.id) || text(chat.id) || `${text(outer.title)} ${String(outer.created_at)}`}`, title: text(outer.title) || chat.title,
      created: moment(outer.created_at) ?? moment(chat.timestamp), updated, archived: outer.archived === true, current: text(history.currentId) || undefined,
      systemPrompt: system?.text || text(chat.system) || text(fields(chat.params).system),
      more: outer.pinned === true ? { pinned: iso(updated ?? 0) } : undefined,
    }, spoken(all));
    if (items.length === 0) left.add(t.moving.left.empty);
    return [...items, ...left.items()];
  },
};

function message(id: string, m: Fields, left: Left): Said {
  const { text: words, thinking, tools } = apart(contentOf(m, left));
  left.add(t.moving.left.tools, tools);
  for (const f of list(m.files)) left.add(fields(f).type === "image" ? t.moving.left.pictures : t.moving.left.attachments);
  const model = text(m.modelName) || text(m.model);
  return { id, parent: text(m.parentId) || undefined, role: text(m.role), text: words, thinking: thinking || undefined, model: model || undefined, at: moment(m.timestamp) };
}

function contentOf(m: Fields, left: Left): string {
  if (!Array.isArray(m.content)) return text(m.content);
  return m.content.map((p) => {
    if (fields(p).type === "image_url") left.add(t.moving.left.pictures);
    return text(fields(p).text);
  }).filter(Boolean).join("\n\n");
}

/** spoken leaves out what neither side said, and has what followed it follow what it followed. */
export function spoken(all: Said[]): Said[] {
  const known = new Map(all.map((s) => [s.id, s]));
  const kept = (s: Said) => (s.role === "user" || s.role === "assistant") && Boolean(s.text.trim() || s.thinking);
  return all.filter(kept).map((s) => {
    let parent = s.parent;
    for (let i = 0; parent !== undefined && known.has(parent) && !kept(known.get(parent)!) && i < all.length; i++) parent = known.get(parent)!.parent;
    return { ...s, parent };
  });
}
