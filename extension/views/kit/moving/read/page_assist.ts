import { t } from "../../../../strings";
import { fields, idOf, iso, Left, list, moment, text, titleOf, type Fields, type Incoming, type Item, type Reader } from "./item";
import { spoken } from "./open_webui";
import { apart } from "./thinking";
import { chain, grow, type Said } from "./tree";

const readable = ["chat", "prompts", "oaiConfigs", "knowledge"];

/** pageAssistKeys are members of its export that no other program's has. */
export const pageAssistKeys = ["knowledge", "chat", "vector", "prompts", "oaiConfigs", "nicknames", "models", "storageLocal", "storageSync"];

/**
 * pageAssist reads page-assist-….json, in the shape that n4ze3m/page-assist writes (src/libs/export-import.ts, with the types of
 * src/db/dexie/types.ts). It has the keys of services in clear: they are not read.
 */
export const pageAssist: Reader = {
  name: "Page Assist",
  wants: (key) => readable.includes(key),
  async take(key, value, where) {
    const v = fields(value);
    if (key === "chat") return chatOf(v, where);
    if (key === "prompts") return promptOf(v, where);
    return [{ type: "left", what: key === "knowledge" ? t.moving.left.knowledge : t.moving.left.service, where: text(v.title) || text(v.name) || where }];
  },
};

async function chatOf(v: Fields, where: string): Promise<Item[]> {
  const history = fields(v.history);
  const left = new Left(where);
  const messages = list(v.messages).map((m, i) => ({ m: fields(m), i }));
  // Older ones were written newest first: their times tell, and where there are none, the order.
  messages.sort((a, b) => (moment(a.m.createdAt) ?? 0) - (moment(b.m.createdAt) ?? 0) || a.i - b.i);
  const all = chain(messages.map(({ m, i }): Said => {
    const { text: words, thinking, tools } = apart(text(m.content));
    left.add(t.moving.left.tools, tools);
    left.add(t.moving.left.pictures, list(m.images).filter((p) => text(p)).length);
    const role = text(m.role);
    return { id: text(m.id) || `${i}`, role, text: words, thinking: thinking || undefined, model: text(m.modelName) || text(m.name) || undefined, at: moment(m.createdAt) };
  }));
  const created = moment(history.createdAt);
  const items = await grow({
    id: `page-assist:${text(history.id) || where}`, title: history.title, created, systemPrompt: text(fields(history.last_used_prompt).prompt_content),
    more: history.is_pinned === true ? { pinned: iso(created ?? 0) } : undefined,
  }, spoken(all));
  if (items.length === 0) left.add(t.moving.left.empty);
  return [...items, ...left.items()];
}

async function promptOf(v: Fields, where: string): Promise<Item[]> {
  const system = v.is_system === true;
  const words = text(v.content) || text(system ? v.system_prompt : v.user_prompt);
  const name = titleOf(text(v.title) || v.name, words);
  if (!words.trim() || !name) return [{ type: "left", what: t.moving.left.broken, where }];
  const at = moment(v.createdAt);
  const id = await idOf(at ?? 0, `page-assist:prompt:${text(v.id) || words}`);
  const record: Incoming = system
    ? { kind: "persona", id, body: { id, name, injections: { system_prompt: words } } }
    : { kind: "prompt", id, body: { id, name, template: words, version: 1, createdAt: iso(at ?? 0) } };
  return [{ type: "records", records: [record] }];
}
