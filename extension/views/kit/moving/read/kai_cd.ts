import { fields, idOf, iso, Left, list, moment, text, type Fields, type Item, type Reader } from "./item";
import { spoken } from "./open_webui";
import { base64Of, judge } from "./pictures";
import { serviceOf } from "./services";
import { apart } from "./thinking";
import { chain, grow } from "./tree";

const maxPrompt = 8192; // as in a recipe of the gallery

/**
 * kaiCd reads a backup of kai-cd, version "1.0": conversations and pictures are in its services. Its vault is not opened here: what
 * it holds goes from the one vault to the other by "kai vault import" and never through a page. A service names its key there.
 */
export function kaiCd(): Reader {
  let version: unknown;
  return {
    name: "kai-cd",
    async take(key, value, where) {
      if (key === "version") version = value;
      if (key !== "data") return [];
      if (version !== undefined && version !== "1.0") return [{ type: "left", what: "newer", where }];
      const data = fields(value);
      const items: Item[] = [];
      for (const [i, s] of list(data.services).entries()) items.push(...(await itemsOf(fields(s), `${where}.services[${i}]`)));
      if (text(data.vault)) items.push({ type: "left", what: "vault", where: `${where}.vault` });
      return items;
    },
  };
}

async function itemsOf(s: Fields, where: string): Promise<Item[]> {
  const left = new Left(text(s.name) || where);
  const kind = text(s.serviceDefinitionId) || text(s.type);
  const credential = text(s.credentialId);
  const service = serviceOf(kind, s.name, text(s.customUrl) || text(s.url), /^[\w.-]{1,100}$/.test(credential) ? `vault:${credential}` : "", where);
  if (credential) left.add("vaultKey");
  const images: Item[] = [];
  for (const [i, image] of list(s.imageHistory).entries()) images.push(...(await imageOf(fields(image), `${text(s.id)}/${i}`, kind, `${where}.imageHistory[${i}]`, left)));
  const model = text(s.lastUsedModel) || undefined;
  const all = chain(list(s.history).map((m, i) => {
    const { content, role, id, timestamp } = fields(m);
    const { text: words, thinking } = apart(text(content));
    return { id: text(id) || `${i}`, role: text(role), text: words, thinking: thinking || undefined, model, at: moment(timestamp) };
  }));
  const items = await grow({ id: `kai-cd:${text(s.id) || text(s.name)}`, title: s.name, created: moment(s.createdAt), updated: moment(s.updatedAt) }, spoken(all));
  return [...service, ...images, ...items, ...left.items()];
}

async function imageOf(image: Fields, place: string, service: string, where: string, left: Left): Promise<Item[]> {
  const address = text(image.imageData);
  if (/^https?:/.test(address)) {
    left.add("farPictures");
    return [];
  }
  const data = base64Of(address);
  if (!judge(data, left) || data === undefined) return [];
  const at = moment(image.timestamp) ?? 0;
  const id = await idOf(at, `kai-cd:image:${text(image.id) || place}`);
  return [{ type: "image", id, data, prompt: text(image.prompt).slice(0, maxPrompt), service, created: iso(at), where }];
}
