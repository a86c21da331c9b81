import { text, titleOf, type Item } from "./item";

/** Address has the form that kAI gives an address; what has no such form cannot be one. */
function addressOf(typed: string): string | undefined {
  const found = /^(https?):\/\/([^\s/?#@\\]+)(\/[^\s?#]*)?$/i.exec(typed.trim());
  return found ? `${found[1]}://${found[2]}`.toLowerCase() + (found[3] ?? "").replace(/\/+$/, "") : undefined;
}

const hostOf = (url: string) => url.replace(/^https?:\/\//, "").replace(/\/.*$/, "");

const isKey = (key: string) => /^[!-~]{1,8192}$/.test(key);

/** serviceOf makes a service of what another program kept of it. */
export function serviceOf(kind: string, name: unknown, address: unknown, key: unknown, where: string): Item[] {
  const url = addressOf(text(address));
  const title = [...titleOf(name)].slice(0, 100).join("");
  if (!url) return [{ type: "left", what: "address", where: title || where }];
  const word = text(key).trim();
  const out: Item[] = [{ type: "service", kind, name: title || hostOf(url), url, where, ...(isKey(word) ? { key: word } : {}) }];
  if (word && !isKey(word)) out.push({ type: "left", what: "key", where: title || where });
  return out;
}

/** withoutPath is the address of a server whose own API does not lie under what OpenAI's does. */
export const withoutPath = (address: unknown): string => text(address).trim().replace(/\/v1\/?$/, "");
