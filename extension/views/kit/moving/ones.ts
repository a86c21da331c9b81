import { asFault } from "../../../bridge/fault";
import { t } from "../../../strings";
import { extract, Problem } from "../knowledge/extract/extract";
import type { App } from "../state/app";
import { hex, type Document, type Image, type One, type Picture, type Service } from "./read/item";
import { bytesOf } from "./read/pictures";
import type { Why } from "./read/why";
import { leave, type Tally } from "./tally";

/** What became of something: kept, with what undo needs of it; here already; or why it cannot be. */
type Outcome = { kept: [id: string, mark: string] | "unnamed" } | "there" | Why;

/** Ones keeps what is no record, each by the method that a person's own would go by. */
export class Ones {
  private documents: Promise<Map<string, string>> | undefined;

  constructor(private readonly app: App) {}

  /** keep keeps one. What nothing keeps here is left out. */
  async keep(item: One): Promise<Outcome> {
    try {
      switch (item.type) {
        case "picture": return await this.picture(item);
        case "image": return await this.image(item);
        case "document": return await this.document(item);
        case "service": return await this.service(item);
      }
    } catch (error) {
      if (error instanceof Problem) return "unread";
      const { code } = asFault(error);
      if (code === "exhausted" || code === "fenced" || code === "locked") throw error;
      return unkept[item.type];
    }
  }

  private async picture({ name, data }: Picture): Promise<Outcome> {
    if (await this.app.client.call("blob.get", { id: name }).then(() => true, () => false)) return "there";
    await this.app.client.call("blob.put", { data });
    return { kept: "unnamed" };
  }

  private async image({ id, data, prompt, service, created }: Image): Promise<Outcome> {
    try {
      await this.app.client.call("images.add", { id, data, created, recipe: { prompt, service } });
    } catch (error) {
      const { code } = asFault(error);
      if (code === "conflict") return "there";
      if (code === "malformed") return "unreadPictures";
      throw error;
    }
    return { kept: [id, ""] };
  }

  // One that stands where this would stand is left as it is, whatever is in it.
  private async document(item: Document): Promise<Outcome> {
    this.documents ??= documentsHere(this.app);
    const here = await this.documents;
    const collection = item.collection ?? (item.source.includes("/") ? item.source.split("/")[0]! : t.moving.collection);
    const place = `${collection}\n${item.source}`;
    if (here.has(place)) return "there";
    const text = item.text ?? (await textIn(item));
    const hash = item.hash ?? (await digest(text));
    const { id } = await this.app.client.call("knowledge.add", { collection, title: item.title, source: item.source, text, hash });
    here.set(place, id);
    return { kept: [id, ""] };
  }

  private async service({ kind, name, url, key = "" }: Service): Promise<Outcome> {
    if (!this.app.kinds.peek().some((k) => k.kind === kind)) return "kind";
    if (this.app.services.peek().some((s) => s.kind === kind && s.url === url)) return "there";
    const put = key.startsWith("vault:") && !hasVault(this.app) ? "" : key;
    const kept = await this.app.client.call("service.add", { kind, name, url, key: put });
    this.app.putService(kept);
    return { kept: [kept.id, markOf(kept)] };
  }
}

/** hasVault says whether a key can be named by where it is in the vault. Those that a browser asks itself cannot. */
const hasVault = (app: App): boolean => app.mode.peek() === "standalone";

const unkept = { picture: "pictures", image: "images", document: "documents", service: "address" } as const;

/** takeBack takes one back that keep kept, if it is as it was. It says whether it was there to be taken. */
export async function takeBack(app: App, kind: string, id: string, mark: string): Promise<boolean> {
  try {
    switch (kind) {
      case "document": await app.client.call("knowledge.set", { id, removed: true }); break;
      case "image": await app.client.call("images.set", { id, removed: true }); break;
      case "service": {
        if (!app.services.peek().some((s) => s.id === id && markOf(s) === mark)) return false;
        await app.client.call("service.remove", { id });
        app.services.value = app.services.peek().filter((s) => s.id !== id);
      }
    }
    return true;
  } catch (error) {
    if (asFault(error).code === "not_found") return false;
    throw error;
  }
}

/** isOne says whether takeBack takes back what is of a kind. */
export const isOne = (kind: string): boolean => kind === "document" || kind === "image" || kind === "service";

/** sendAway counts among what cannot come what nothing keeps here: the gallery is kai's, and a browser may keep no documents. */
export async function sendAway(app: App, tally: Tally): Promise<void> {
  const asks = { document: () => app.client.call("knowledge.list", {}), image: () => app.client.call("images.list", { limit: 1 }) };
  for (const kind of ["document", "image"] as const) {
    const n = tally.kinds[kind];
    if (!n || (await asks[kind]().then(() => true, () => false))) continue;
    delete tally.kinds[kind];
    leave(tally, unkept[kind], tally.sources.join(", "), n);
  }
}

const markOf = (s: { kind: string; name: string; url: string; hasKey?: boolean }) => JSON.stringify([s.kind, s.name, s.url, s.hasKey ?? false]);

async function documentsHere(app: App): Promise<Map<string, string>> {
  const { documents, here } = await app.client.call("knowledge.list", {});
  return new Map([...(documents ?? []), ...(here?.documents ?? [])].map((d) => [`${d.collection}\n${d.source ?? ""}`, d.id]));
}

async function textIn({ source, file = "" }: Document): Promise<string> {
  const bytes = bytesOf(file);
  if (!bytes) throw new Problem(t.moving.left.unread);
  return extract(new File([bytes as BlobPart], source.split("/").at(-1)!));
}

async function digest(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}
