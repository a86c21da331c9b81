import type { Conversation, Message, RecordKind } from "../../../../gen/wire";
import { fields, text, type Fields, type Incoming, type Item, type Reader } from "./item";
import { Passages } from "./passages";
import { serviceOf } from "./services";
import { maxText } from "./tree";

const kinds: { [key: string]: RecordKind } = { conversations: "conversation", conversation: "conversation", messages: "message", folders: "folder", prompts: "prompt", personas: "persona" };
const maxBody = 5 << 20; // characters; a record has room for 16 MB
const others = ["format", "version", "pictures", "services", "documents", "passages"];

/**
 * kai reads its own exports: of everything (kai-export) and of one conversation (kai-conversation). Ids stay, so what is here
 * already stays as it is. Conversations come after their messages, and documents are put together of their passages.
 */
export function kai(): Reader {
  let newer = false;
  const late: Incoming[] = [];
  const passages = new Passages();
  return {
    name: "kAI",
    wants: (key) => key in kinds || others.includes(key),
    async take(key, value, where) {
      if (key === "version" && value !== 1) newer = true;
      if (newer) return key === "version" ? [{ type: "left", what: "newer", where }] : [];
      if (key === "pictures") return pictures(fields(value), where);
      if (key === "services") return serviceOf(text(fields(value).kind), fields(value).name, fields(value).url, "", where);
      if (key === "documents") return passages.document(fields(value), where);
      if (key === "passages") return passages.take(fields(value));
      const kind = kinds[key];
      if (!kind) return [];
      const body = fields(value);
      if (!holds[kind]!(body) || JSON.stringify(body).length > maxBody) return [{ type: "left", what: "broken", where }];
      const record: Incoming = { kind, id: text(body.id), body: kind === "message" ? settled(body) : body };
      if (kind !== "conversation") return [{ type: "records", records: [record] }];
      late.push(record);
      return [];
    },
    async end() {
      return [...late.map((r): Item => ({ type: "records", records: [r] })), ...passages.end()];
    },
  };
}

function pictures(all: Fields, where: string): Item[] {
  return Object.entries(all).flatMap(([name, data]): Item[] => {
    const bare = text(data).replace(/^data:[^,]*,/, "");
    if (!/^sha256:[0-9a-f]{64}$/.test(name) || !bare) return [{ type: "left", what: "pictures", where }];
    return [{ type: "picture", name, data: bare, where }];
  });
}

// An answer that was being made when the export was written has ended since.
function settled(body: Fields): Fields {
  return body.state === "running" ? { ...body, state: "interrupted" } : body;
}

const id = (v: unknown) => /^[!-~]{1,256}$/.test(text(v));
const some = (v: unknown, max = 200) => typeof v === "string" && v.length <= max && !v.includes("\0");
const maybe = (v: unknown, max?: number) => v === undefined || some(v, max);
const time = (v: unknown) => some(v, 40) && !Number.isNaN(Date.parse(v as string));
const flag = (v: unknown) => v === undefined || typeof v === "boolean";

// What the assistant and the views rely on. What else a body has is kept.
const holds: { [kind: string]: (body: Fields) => boolean } = {
  conversation: (c: Fields & Partial<Conversation>) =>
    id(c.id) && some(c.title, 1000) && time(c.created) && time(c.updated) && maybe(c.pinned) && maybe(c.shelf) && maybe(c.branch) && maybe(c.trashed) && flag(c.named) && flag(c.archived) &&
    flag(c.private) && [c.service, c.model, c.persona].every((v) => maybe(v)) && [c.systemPrompt, c.injected, c.prefix].every((v) => maybe(v, maxText)),
  message: (m: Fields & Partial<Message>) =>
    id(m.id) && id(m.conversation) && maybe(m.parent) && (m.role === "user" || m.role === "assistant") && typeof m.text === "string" && m.text.length <= maxText && time(m.created) &&
    maybe(m.thinking, maxText) && [m.service, m.model, m.run].every((v) => maybe(v)) && maybe(m.state, 20) && (m.attachments === undefined || Array.isArray(m.attachments)),
  folder: (f) => id(f.id) && some(f.name) && f.name !== "",
  prompt: (p) => id(p.id) && some(p.name) && typeof p.template === "string" && p.template.length <= maxText,
  persona: (p) => id(p.id) && some(p.name) && typeof p.injections === "object" && p.injections !== null,
};
