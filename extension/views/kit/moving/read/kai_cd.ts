import { t } from "../../../../strings";
import { fields, Left, list, moment, text, type Fields, type Item, type Reader } from "./item";
import { spoken } from "./open_webui";
import { apart } from "./thinking";
import { chain, grow } from "./tree";

/**
 * kaiCd reads a backup of kai-cd, version "1.0": conversations are in its services. Its vault is not opened here: what it holds goes
 * from the one vault to the other by "kai vault import" and never through a page.
 */
export function kaiCd(): Reader {
  let version: unknown;
  return {
    name: "kai-cd",
    async take(key, value, where) {
      if (key === "version") version = value;
      if (key !== "data") return [];
      if (version !== undefined && version !== "1.0") return [{ type: "left", what: t.moving.left.newer, where }];
      const data = fields(value);
      const items: Item[] = [];
      for (const [i, s] of list(data.services).entries()) items.push(...(await serviceOf(fields(s), `${where}.services[${i}]`)));
      if (text(data.vault)) items.push({ type: "left", what: t.moving.left.vault, where: `${where}.vault` });
      return items;
    },
  };
}

async function serviceOf(s: Fields, where: string): Promise<Item[]> {
  const left = new Left(text(s.name) || where);
  left.add(t.moving.left.service);
  left.add(t.moving.left.images, list(s.imageHistory).length);
  const model = text(s.lastUsedModel) || undefined;
  const all = chain(list(s.history).map((m, i) => {
    const { content, role, id, timestamp } = fields(m);
    const { text: words, thinking } = apart(text(content));
    return { id: text(id) || `${i}`, role: text(role), text: words, thinking: thinking || undefined, model, at: moment(timestamp) };
  }));
  const items = await grow({ id: `kai-cd:${text(s.id) || text(s.name)}`, title: s.name, created: moment(s.createdAt), updated: moment(s.updatedAt) }, spoken(all));
  return [...items, ...left.items()];
}
