import { fields, idOf, iso, list, moment, text, titleOf, type Fields, type Incoming, type Item, type Reader } from "./item";
import { serviceOf } from "./services";
import { maxText } from "./tree";

/** openWebUIPrompts reads prompts-export-….json: a list, each with the command that inserts it. */
export const openWebUIPrompts: Reader = {
  name: "Open WebUI",
  async take(_, value, where) {
    const v = fields(value);
    const template = text(v.content);
    const name = titleOf(text(v.name) || text(v.title), text(v.command).replace(/^\//, ""));
    if (!template.trim() || template.length > maxText || !name) return [{ type: "left", what: "broken", where }];
    const at = moment(v.created_at) ?? moment(v.timestamp) ?? 0;
    const id = await idOf(at, `open-webui:prompt:${text(v.command) || text(v.id) || template}`);
    return one({ kind: "prompt", id, body: { id, name, template, version: 1, createdAt: iso(at) } });
  },
};

/** openWebUIModels reads models-export-….json: a list, each a model with instructions of its own. These become personas. */
export const openWebUIModels: Reader = {
  name: "Open WebUI",
  async take(_, value, where) {
    const v = fields(value);
    const words = text(fields(v.params).system);
    const name = titleOf(v.name, text(v.id));
    if (!words.trim() || words.length > maxText || !name) return [{ type: "left", what: "models", where: name || where }];
    const at = moment(v.created_at) ?? 0;
    const id = await idOf(at, `open-webui:model:${text(v.id) || name}`);
    const description = titleOf(fields(v.meta).description);
    return one({ kind: "persona", id, body: { id, name, ...(description ? { description } : {}), injections: { system_prompt: words } } });
  },
};

const one = (record: Incoming): Item[] => [{ type: "records", records: [record] }];

const lists = ["ollama.base_urls", "openai.api_base_urls", "openai.api_keys"];
const areas = /^(?:ollama|openai|image_generation)(?:\.|$)/;

/** isOpenWebUIConfig says whether a member is of its settings. */
export const isOpenWebUIConfig = (key: string): boolean => areas.test(key);

/**
 * openWebUIConfig reads config-….json, which an administrator exports: among the settings is where services are, and their keys.
 * Versions before 0.10 nest them, later ones write each under its whole name with dots.
 */
export function openWebUIConfig(): Reader {
  const found: { [name: string]: unknown } = {};
  return {
    name: "Open WebUI",
    wants: (key) => areas.test(key),
    async take(key, value) {
      if (lists.includes(key)) found[key] = [...list(found[key]), value]; // the reader of files gives each of a list by itself
      else flatten(key, value, found);
      return [];
    },
    async end() {
      const at = (name: string, i: number) => list(found[name])[i];
      const items: Item[] = [];
      list(found["ollama.base_urls"]).forEach((url, i) => items.push(...serviceOf("ollama", "", url, keyIn(found["ollama.api_configs"], i, url), "ollama")));
      list(found["openai.api_base_urls"]).forEach((url, i) =>
        items.push(...serviceOf(/^https:\/\/api\.openai\.com\b/.test(text(url)) ? "openai" : "openai-compatible", "", url, at("openai.api_keys", i), "openai")));
      for (const [kind, name] of [["a1111", "automatic1111"], ["comfyui", "comfyui"]] as const) {
        const url = text(found[`image_generation.${name}.base_url`]);
        if (url) items.push(...serviceOf(kind, "", url, found[`image_generation.${name}.api_key`], "image_generation"));
      }
      return items;
    },
  };
}

// flatten writes objects as members of whole names. What depends on an address or number stays as it is.
function flatten(name: string, value: unknown, into: Fields): void {
  if (name.endsWith("api_configs") || typeof value !== "object" || value === null || Array.isArray(value)) {
    into[name] = value;
    return;
  }
  if (name.split(".").length < 5) for (const [key, v] of Object.entries(value)) flatten(`${name}.${key}`, v, into);
}

// Keys of Ollama stand in what is set for each address, by its number or, in early versions, by the address itself.
function keyIn(configs: unknown, i: number, url: unknown): unknown {
  return fields(fields(configs)[`${i}`] ?? fields(configs)[text(url)]).key;
}
