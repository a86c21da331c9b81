import { fields, idOf, iso, Left, list, moment, text, titleOf, type Fields, type Incoming, type Item, type Reader } from "./item";
import { spoken } from "./open_webui";
import { Album, base64Of } from "./pictures";
import { serviceOf, withoutPath } from "./services";
import { apart } from "./thinking";
import { chain, grow, type Said } from "./tree";

const readable = ["chat", "prompts", "oaiConfigs", "knowledge", "storageLocal", "storageSync"];

/** pageAssistKeys are members of its export that no other program's has. */
export const pageAssistKeys = ["knowledge", "chat", "vector", "prompts", "oaiConfigs", "nicknames", "models", "storageLocal", "storageSync"];

/**
 * pageAssist reads page-assist-….json, in the shape that n4ze3m/page-assist writes (src/libs/export-import.ts, with the types of
 * src/db/dexie/types.ts). It has the keys of services in clear.
 */
export const pageAssist: Reader = {
  name: "Page Assist",
  wants: (key) => readable.includes(key),
  async take(key, value, where) {
    const v = fields(value);
    switch (key) {
      case "chat": return chatOf(v, where);
      case "prompts": return promptOf(v, where);
      case "knowledge": return list(v.source).flatMap((s) => documentOf(v, fields(s), where));
      case "oaiConfigs": return configOf(v, where);
      default: return ollamaOf(v, where);
    }
  },
};

async function chatOf(v: Fields, where: string): Promise<Item[]> {
  const history = fields(v.history);
  const left = new Left(where);
  const album = new Album(left, where);
  const messages = list(v.messages).map((m, i) => ({ m: fields(m), i }));
  // Older ones were written newest first: their times tell, and where there are none, the order.
  messages.sort((a, b) => (moment(a.m.createdAt) ?? 0) - (moment(b.m.createdAt) ?? 0) || a.i - b.i);
  const read: Said[] = [];
  for (const { m, i } of messages) {
    const { text: words, thinking, tools } = apart(text(m.content));
    left.add("tools", tools);
    const attachments = await album.add(list(m.images).map(text).filter(Boolean));
    const role = text(m.role);
    read.push({ id: text(m.id) || `${i}`, role, text: words, thinking: thinking || undefined, model: text(m.modelName) || text(m.name) || undefined, at: moment(m.createdAt), attachments });
  }
  const created = moment(history.createdAt);
  const items = await grow({
    id: `page-assist:${text(history.id) || where}`, title: history.title, created, systemPrompt: text(fields(history.last_used_prompt).prompt_content),
    more: history.is_pinned === true ? { pinned: iso(created ?? 0) } : undefined,
  }, spoken(chain(read)));
  if (items.length === 0) left.add("empty");
  return [...album.items, ...items, ...left.items()];
}

async function promptOf(v: Fields, where: string): Promise<Item[]> {
  const system = v.is_system === true;
  const words = text(v.content) || text(system ? v.system_prompt : v.user_prompt);
  const name = titleOf(text(v.title) || v.name, words);
  if (!words.trim() || !name) return [{ type: "left", what: "broken", where }];
  const at = moment(v.createdAt);
  const id = await idOf(at ?? 0, `page-assist:prompt:${text(v.id) || words}`);
  const record: Incoming = system
    ? { kind: "persona", id, body: { id, name, injections: { system_prompt: words } } }
    : { kind: "prompt", id, body: { id, name, template: words, version: 1, createdAt: iso(at ?? 0) } };
  return [{ type: "records", records: [record] }];
}

const endings: { [type: string]: string } = {
  "application/pdf": "pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx", "text/csv": "csv", "text/html": "html", "text/markdown": "md",
};

// documentOf takes a file of a knowledge base, which is kept whole, as a data: address.
function documentOf(knowledge: Fields, source: Fields, where: string): Item[] {
  const collection = titleOf(knowledge.title).replace(/\//g, " ") || "Page Assist";
  const name = titleOf(source.filename) || text(source.source_id);
  const file = base64Of(text(source.content));
  if (!file || !text(source.content).startsWith("data:") || !name) return [{ type: "left", what: "knowledge", where: name || collection || where }];
  const ending = /\.\w{1,10}$/.test(name) ? "" : `.${endings[text(source.type)] ?? "txt"}`;
  return [{ type: "document", title: name, source: `${collection}/${name}${ending}`, collection, file }];
}

// Those of its list of providers that are a kind of their own in kAI. All others speak OpenAI's API.
const kinds: { [provider: string]: string } = {
  ollama2: "ollama", llamacpp: "llama-cpp", lmstudio: "llm-studio", vllm: "vllm", openai: "openai", huggingface: "huggingface", anthropic: "anthropic",
};

function configOf(v: Fields, where: string): Item[] {
  const kind = kinds[text(v.provider)] ?? "openai-compatible";
  const address = kind === "ollama" || kind === "anthropic" ? withoutPath(v.baseUrl) : v.baseUrl;
  const items = serviceOf(kind, v.name, address, v.apiKey, where);
  if (list(v.headers).some((h) => text(fields(h).key))) items.push({ type: "left", what: "headers", where: text(v.name) || where });
  return items;
}

// Where its Ollama is stands among its settings, each of which is JSON in a text.
function ollamaOf(settings: Fields, where: string): Item[] {
  const address = text(settings.ollamaURL).replace(/^"(.*)"$/, "$1");
  return address ? serviceOf("ollama", "Ollama", address, "", where) : [];
}
