import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../bridge/client";
import type { Change, Conversation, Folder, Record as Kept } from "../gen/wire";
import { Collection, folderOf } from "../views/kit/state/collection";
import { Conversations } from "../views/kit/state/conversations";

/** An assistant that keeps what it is given. */
function keeper() {
  const kept = new Map<string, Kept>();
  let asked = 0;
  const call = (async (_: string, r: Kept) => {
    asked++;
    if (r.id && r.body) kept.set(r.id, r);
    else if (r.id) kept.delete(r.id);
    return { records: [...kept.values()] };
  }) as Client["call"];
  return { folders: new Collection<Folder>({ call }, "folder"), kept, asked: () => asked };
}

const folder = (id: string, name: string): Folder => ({ id, name, created: "2026" });
const names = (c: Collection<Folder>) => c.items.value.map((f) => f.name).join(" ");

test("a collection is read once, ordered by name, and changed by what the person does", async () => {
  const { folders, asked } = keeper();
  await Promise.all([folders.load(), folders.load()]);
  await folders.load();
  assert.equal(asked(), 1);
  await folders.put(folder("2", "work"));
  await folders.put(folder("1", "home"));
  assert.equal(names(folders), "home work");
  await folders.remove("1");
  assert.equal(names(folders), "work");
  await folders.put(folder("1", "home"));
  assert.equal(names(folders), "home work");
});

test("a collection follows the news once it was read", async () => {
  const { folders, kept } = keeper();
  const change = (id: string, body?: Folder, deleted = false): Change => ({ kind: "folder", id, version: "1", body, deleted });
  folders.apply(change("1", folder("1", "early")));
  assert.equal(names(folders), "", "what is not known is not half known");
  await folders.load();
  folders.apply(change("1", folder("1", "b")));
  folders.apply(change("2", folder("2", "a")));
  assert.equal(names(folders), "a b");
  folders.apply(change("1", undefined, true));
  assert.equal(names(folders), "a");
  kept.set("3", { kind: "folder", id: "3", version: "1", body: folder("3", "large") });
  folders.apply(change("3")); // its body was too large for the news
  await new Promise((done) => setTimeout(done));
  assert.equal(names(folders), "large");
});

const conversation = (id: string, some: Partial<Conversation> = {}): Conversation => ({ id, title: id, created: "1", updated: id, ...some });

test("a folder lists what is in it, and lets go of what leaves", async () => {
  const asked: unknown[] = [];
  const call = (async (_: string, body: unknown) => {
    asked.push(body);
    return { conversations: [conversation("1", { shelf: "f 1" })] };
  }) as Client["call"];
  const rows = new Conversations({ call }, { folder: "f" });
  rows.reset({ conversations: [], more: true });
  await rows.loadMore();
  assert.deepEqual(asked, [{ folder: "f", after: undefined, limit: 200 }]);
  rows.put(conversation("2", { shelf: "f 2" }));
  rows.put(conversation("3", { shelf: "g 3" }));
  rows.put(conversation("4", { shelf: "f 4", archived: true }));
  assert.deepEqual(rows.list.value.map((c) => c.id), ["2", "1"]);
  rows.put(conversation("1"));
  assert.deepEqual(rows.list.value.map((c) => c.id), ["2"]);
  assert.equal(folderOf({ shelf: "f 2026-01-01" }), "f");
  assert.equal(folderOf({}), "");
});
