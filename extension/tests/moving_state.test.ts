import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals";
import { fault } from "../bridge/fault";
import type { Record as Kept, StorePage } from "../gen/wire";
import { Moving } from "../views/kit/moving/moving";
import type { Incoming, One } from "../views/kit/moving/read/item";
import { empty } from "../views/kit/moving/tally";
import type { Order, Word } from "../views/kit/moving/words";
import type { App } from "../views/kit/state/app";
import { dom } from "./harness";

/** Script stands in for the worker: it says its words, and after a batch it waits, as the real one does. */
class Script {
  static words: Word[] = [];
  static ended = 0;
  onmessage: (e: { data: Word }) => void = () => undefined;
  onerror: () => void = () => undefined;
  private readonly words = [...Script.words];

  postMessage(_: Order): void {
    queueMicrotask(() => {
      for (let word = this.words.shift(); word; word = this.words.shift()) {
        this.onmessage({ data: word });
        if (word.word === "batch" || word.word === "one") return;
      }
    });
  }

  terminate(): void {
    this.words.length = 0;
    Script.ended++;
  }
}

/** Shelf stands in for the assistant: it keeps what is not there, as data.import does. */
class Shelf {
  readonly held = new Map<string, Kept>();
  readonly said: string[] = [];
  private version = 0;
  fail: (records: Kept[]) => void = () => undefined;
  documents: (() => unknown) | undefined;
  readonly services: { id: string; kind: string; name: string; url: string; hasKey: boolean }[] = [];
  /** Other methods, by name; one that is not here is of a part that is away. */
  others: { [method: string]: (body: never) => unknown } = {};

  call = async (method: string, body: unknown): Promise<unknown> => {
    const other = this.others[method];
    if (other) return other(body as never);
    if (method.startsWith("images.")) throw fault("unavailable", "kai is not here");
    if (method.startsWith("knowledge.")) {
      if (!this.documents) throw fault("unavailable", "kai is not here");
      return method === "knowledge.list" ? { documents: [] } : this.documents();
    }
    const { records, next } = body as StorePage;
    if (!next) this.said.push("news");
    this.fail(records);
    const out = records.filter((r) => (r.deleted ? this.held.get(r.id)?.version === r.version : !this.held.has(r.id)));
    for (const r of out) {
      if (r.deleted) this.held.delete(r.id);
      else this.held.set(r.id, { ...r, version: `v${++this.version}` });
    }
    return { records: out.map((r) => ({ kind: r.kind, id: r.id, version: this.held.get(r.id)?.version ?? "" })) };
  };
}

const talk = (id: string): Incoming[] => [
  { kind: "message", id: `${id}1`, body: { id: `${id}1`, conversation: id } }, { kind: "conversation", id, body: { id } },
];
const batch = (...ids: string[]): Word => ({ word: "batch", records: ids.flatMap(talk) });
const end = (): Word => ({ word: "end", tally: empty() });

function moving(shelf: Shelf, words: Word[]): Moving {
  dom();
  Script.words = words;
  Object.assign(globalThis, { Worker: Script });
  return new Moving(appOver(shelf));
}

/** appOver is the app as far as an import needs it. */
function appOver(shelf: Shelf): App {
  const kinds = [{ kind: "ollama" }, { kind: "openai" }];
  return {
    client: { call: shelf.call }, complain: (error: Error) => { throw error; }, kinds: signal(kinds), mode: signal("browser"), services: signal(shelf.services), putService: () => undefined,
  } as unknown as App;
}

/** brought imports to the end. */
async function brought(m: Moving): Promise<Extract<Moving["stage"]["value"], { at: "done" }>> {
  m.bring([new File([], "x")]);
  for (let i = 0; i < 500; i++) {
    const stage = m.stage.peek();
    if (stage.at === "done") return stage;
    await new Promise((r) => setTimeout(r, 1));
  }
  throw new Error("it did not end");
}

test("an import says what came, and what was here", async () => {
  const shelf = new Shelf();
  const m = moving(shelf, [batch("a"), batch("b", "a"), end()]);
  const stage = await brought(m);
  assert.deepEqual([stage.added, stage.there], [{ message: 2, conversation: 2 }, 2]);
  assert.deepEqual(shelf.said, ["news"], "views hear of it once");
});

test("undo takes back what came and was not changed, and outlives the view", async () => {
  const shelf = new Shelf();
  const m = moving(shelf, [batch("a", "b"), end()]);
  await brought(m);
  shelf.held.set("b", { ...shelf.held.get("b")!, version: "changed" });
  const later = new Moving({ client: { call: shelf.call } } as unknown as App);
  assert.deepEqual(later.last.peek()!.kept.map(([kind, id]) => [kind, id]), [["conversation", "a"], ["conversation", "b"]], "messages go with their conversations");
  assert.deepEqual(await later.undo(), { gone: 1, stayed: 1 });
  assert.equal(later.last.peek(), undefined);
});

test("messages that came into a conversation that was here are taken back by themselves", async () => {
  const shelf = new Shelf();
  shelf.held.set("a", { kind: "conversation", id: "a", version: "old" });
  const m = moving(shelf, [batch("a"), end()]);
  await brought(m);
  assert.deepEqual(m.last.peek()!.kept, [["message", "a1", "v1"]]);
});

test("when the disk is full what came stays, is said, and can be taken back", async () => {
  const shelf = new Shelf();
  shelf.fail = (records) => {
    if (records.some((r) => r.id === "c")) throw fault("exhausted", "the disk is full");
  };
  const m = moving(shelf, [batch("a", "b"), batch("c"), batch("d"), end()]);
  const stage = await brought(m);
  assert.equal(stage.fault?.code, "exhausted");
  assert.deepEqual([stage.added.conversation, shelf.held.has("d")], [2, false]);
  assert.deepEqual(await m.undo(), { gone: 2, stayed: 0 });
});

test("stopped, what came until then stays", async () => {
  const shelf = new Shelf();
  const m = moving(shelf, [batch("a"), batch("b"), end()]);
  shelf.fail = (records) => {
    if (records.some((r) => r.id === "a")) queueMicrotask(() => m.cancel());
  };
  const stage = await brought(m);
  await new Promise((r) => setTimeout(r, 5));
  assert.ok(stage.stopped && shelf.held.has("a") && !shelf.held.has("b"));
  assert.deepEqual(m.last.peek()!.kept.filter(([kind]) => kind === "conversation").map(([, id]) => id), ["a"], "also what was on its way");
});

test("what the store refuses is found among the others and left out", async () => {
  const shelf = new Shelf();
  shelf.fail = (records) => {
    if (records.some((r) => r.id === "b1")) throw fault("invalid", "no");
  };
  const stage = await brought(moving(shelf, [batch("a", "b", "c"), end()]));
  assert.deepEqual([stage.added.message, stage.tally!.left], [2, [{ what: "broken", n: 1, where: ["b1"] }]]);
});

test("documents are for kai: without it they are told before and after", async () => {
  const document: Word = { word: "one", item: { type: "document", title: "t", source: "notes/t.md", text: "t" } };
  const tally = () => ({ ...empty(), sources: ["Markdown"], kinds: { document: 1 } });
  const shelf = new Shelf();
  const m = moving(shelf, [{ word: "end", tally: tally() }]);
  m.look([new File([], "x")]);
  await new Promise((r) => setTimeout(r, 5));
  const seen = m.stage.peek();
  assert.ok(seen.at === "seen" && seen.tally.kinds.document === undefined && seen.tally.left.length === 1);
  const alone = await brought(moving(shelf, [document, end()]));
  assert.deepEqual([alone.added, alone.tally!.left.length], [{}, 1]);
  shelf.documents = () => ({ id: "d" });
  const withKai = moving(shelf, [document, end()]);
  assert.deepEqual((await brought(withKai)).added, { document: 1 });
  assert.deepEqual(await withKai.undo(), { gone: 1, stayed: 0 });
});

test("looking keeps nothing, and is canceled", async () => {
  const shelf = new Shelf();
  const before = Script.ended;
  const m = moving(shelf, [{ word: "progress", bytes: 1, total: 2, conversations: 1 }]);
  m.look([new File([], "x")]);
  await new Promise((r) => setTimeout(r, 5));
  assert.deepEqual(m.stage.peek(), { at: "looking", bytes: 1, total: 2, conversations: 1 });
  m.cancel();
  assert.deepEqual([m.stage.peek().at, Script.ended, shelf.held.size], ["none", before + 1, 0]);
});

/** withServices has services kept as the assistant keeps them. */
function withServices(shelf: Shelf): Shelf["services"] {
  const kept = shelf.services;
  shelf.others["service.add"] = ({ kind, name, url, key }: { kind: string; name: string; url: string; key: string }) => {
    if (url.includes("bad")) throw fault("invalid", "this is not an address");
    const s = { id: `s${kept.length}`, kind, name, url, hasKey: key !== "" };
    kept.push(s);
    return s;
  };
  shelf.others["service.remove"] = ({ id }: { id: string }) => kept.splice(kept.findIndex((s) => s.id === id), 1);
  return kept;
}

const service = (kind: string, name: string, url: string, key?: string): Word => ({ word: "one", item: { type: "service", kind, name, url, key, where: "x" } satisfies One });

test("a service is connected once, by the way that a person's own is, and what cannot be one is told", async () => {
  const shelf = new Shelf();
  const kept = withServices(shelf);
  kept.push({ id: "mine", kind: "ollama", name: "Mine", url: "http://localhost:11434", hasKey: false });
  const m = moving(shelf, [
    service("ollama", "Theirs", "http://localhost:11434"), service("openai", "Box", "http://box", "sk"), service("openai", "Again", "http://box", "sk-2"),
    service("jellyfin", "Films", "http://films"), service("ollama", "Bad", "http://bad"), service("ollama", "Vaulted", "http://v", "vault:c1"), end(),
  ]);
  const stage = await brought(m);
  assert.deepEqual(kept.map((s) => [s.name, s.hasKey]), [["Mine", false], ["Box", true], ["Vaulted", false]]);
  assert.deepEqual([stage.added, stage.there], [{ service: 2 }, 2]);
  assert.deepEqual(stage.tally!.left, [{ what: "kind", n: 1, where: ["Films, http://films"] }, { what: "address", n: 1, where: ["Bad, http://bad"] }]);
  kept[1]!.name = "Renamed";
  assert.deepEqual(await m.undo(), { gone: 1, stayed: 1 }, "one that was changed since stays");
  assert.deepEqual(kept.map((s) => s.name), ["Mine", "Renamed"]);
  assert.ok(!JSON.stringify(localStorage).includes("sk"), "what undo keeps has no key");
});

test("a key of the vault is named where kai itself asks the services", async () => {
  const shelf = new Shelf();
  const keys: string[] = [];
  withServices(shelf);
  const add = shelf.others["service.add"]!;
  shelf.others["service.add"] = (body: { key: string }) => (keys.push(body.key), add(body as never));
  const m = moving(shelf, [service("ollama", "Vaulted", "http://v", "vault:c1"), end()]);
  (m as unknown as { app: App }).app.mode.value = "standalone";
  await brought(m);
  assert.deepEqual(keys, ["vault:c1"]);
});

test("a locked vault ends the import, so that the service is not counted among what cannot come", async () => {
  const shelf = new Shelf();
  withServices(shelf);
  shelf.others["service.add"] = () => { throw fault("locked", "the vault is locked"); };
  const stage = await brought(moving(shelf, [service("openai", "Work", "http://work", "sk"), end()]));
  assert.equal(stage.fault?.code, "locked");
});

test("pictures that were made go into kai's gallery, once, and without it they are told before and after", async () => {
  const image: Word = { word: "one", item: { type: "image", id: "i", data: "AA==", prompt: "stork", service: "comfyui", created: "2025-01-01T00:00:00.000Z", where: "x" } };
  const shelf = new Shelf();
  const m = moving(shelf, [{ word: "end", tally: { ...empty(), sources: ["kai-cd"], kinds: { image: 1 } } }]);
  m.look([new File([], "x")]);
  await new Promise((r) => setTimeout(r, 5));
  const seen = m.stage.peek();
  assert.ok(seen.at === "seen" && seen.tally.kinds.image === undefined);
  assert.deepEqual(seen.tally.left, [{ what: "images", n: 1, where: ["kai-cd"] }]);
  const held = new Map<string, unknown>();
  shelf.others["images.add"] = (body: { id: string }) => {
    if (body.id === "cut") throw fault("malformed", "no whole picture");
    if (held.has(body.id)) throw fault("conflict", "it is here");
    held.set(body.id, body);
    return body;
  };
  shelf.others["images.set"] = ({ id }: { id: string }) => held.delete(id);
  const cut: Word = { word: "one", item: { type: "image", id: "cut", data: "AA==", prompt: "", service: "", created: "2025-01-01T00:00:00.000Z", where: "y" } };
  const withKai = moving(shelf, [image, cut, image, end()]);
  const stage = await brought(withKai);
  assert.deepEqual([stage.added, stage.there], [{ image: 1 }, 1]);
  assert.deepEqual(stage.tally!.left, [{ what: "unreadPictures", n: 1, where: ["y"] }]);
  assert.deepEqual(held.get("i"), { id: "i", data: "AA==", created: "2025-01-01T00:00:00.000Z", recipe: { prompt: "stork", service: "comfyui" } });
  assert.deepEqual([await withKai.undo(), held.size], [{ gone: 1, stayed: 0 }, 0]);
});

test("a file among documents is read, one that cannot be is named, and one that stands in its place stays", async () => {
  const document = (source: string, file: string): Word => ({ word: "one", item: { type: "document", title: source, source, collection: "Books", file } });
  const shelf = new Shelf();
  const added: object[] = [];
  shelf.others["knowledge.list"] = () => ({ documents: [{ id: "mine", collection: "Books", source: "Books/mine.txt" }] });
  shelf.others["knowledge.add"] = (body: object) => (added.push(body), { id: `d${added.length}` });
  const stage = await brought(moving(shelf, [document("Books/a.txt", btoa("Leeks")), document("Books/mine.txt", btoa("Other")), document("Books/b.txt", "AAAA"), document("Books/a.txt", btoa("Leeks")), end()]));
  assert.deepEqual(added.map((d) => (d as { text: string }).text), ["Leeks"]);
  assert.deepEqual([stage.added, stage.there], [{ document: 1 }, 2]);
  assert.deepEqual(stage.tally!.left, [{ what: "unread", n: 1, where: ["Books/b.txt"] }]);
});
