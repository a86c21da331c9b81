import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import type { Client, Link } from "../bridge/client";
import { fault } from "../bridge/fault";
import type { Change, Conversation, Message, NewsData, RunDelta, ServiceView, Settings, Snapshot } from "../gen/wire";
import { archive, change, choose as pick, remove, rename, send } from "../views/kit/state/actions";
import { App } from "../views/kit/state/app";
import { choose } from "../views/kit/state/models";
import { dom, settle } from "./harness";

dom();
beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] }); // toasts leave when the test says so, and keep nothing awake
});
Object.defineProperty(globalThis, "history", { value: { replaceState: () => undefined }, configurable: true });

type Handler = (body: never, each: (chunk: unknown) => void) => unknown;

/** world is an App whose assistant is a table of answers. */
function world(answers: Record<string, Handler> = {}, some: Partial<Snapshot> = {}) {
  localStorage.clear();
  const asked: [string, unknown][] = [];
  const stream = async (method: string, body: unknown, each: (chunk: unknown) => void = () => undefined) => {
    asked.push([method, body]);
    const answer = answers[method];
    if (method === "state.snapshot" && !answer) return snapshot(some);
    if (!answer) return new Promise(() => undefined);
    const reply = await answer(body as never, each);
    if (method !== "message.list") return reply;
    return { conversation: conversation((body as { conversation: string }).conversation, "2026-01-01"), ...(reply as object) };
  };
  const client = { call: stream, stream, link: { state: "connecting" } as Link } as unknown as Client;
  const app = new App("sidepanel", client, false);
  const news = (data: Partial<NewsData>) => client.onnews({ type: "state_update", context: "runtime", data: { id: "n", origin: "o", ...data }, timestamp: 1 });
  const ready = async () => {
    client.onlink({ state: "ready" });
    await settle();
  };
  return { app, client, asked, news, ready };
}

const conversation = (id: string, updated: string, some: Partial<Conversation> = {}): Conversation => ({ id, title: `title ${id}`, created: updated, updated, ...some });
const message = (id: string, some: Partial<Message> = {}): Message => ({ id, conversation: "c1", role: "user", text: id, created: `2026-01-01T00:00:0${id.slice(1)}.000Z`, ...some });
const running = (id: string, some: Partial<Message> = {}) => message(id, { role: "assistant", state: "running", run: "r1", text: "", ...some });
const changed = (kind: Change["kind"], body: { id: string }, version = "1"): Change => ({ kind, id: body.id, version, body });
const ollama: ServiceView = { id: "s1", kind: "ollama", name: "Ollama", url: "http://localhost:11434", health: { state: "ready", millis: 1, models: [{ name: "embed", capabilities: ["embedding"] }, { name: "gemma" }] } };

function snapshot(some: Partial<Snapshot>): Snapshot {
  return {
    version: "1", mode: "browser", uiMode: "all", settings: { theme: "system", welcomed: true }, services: [ollama], kinds: [], runs: [],
    conversations: [conversation("c2", "2026-01-02"), conversation("c1", "2026-01-01")], storage: { backend: "indexeddb", durable: true, bytes: 1 },
    companion: { state: "absent" }, ...some,
  };
}

const ids = (app: App) => app.thread.entries.value.map((e) => e.id);
const titles = (app: App) => app.conversations.list.value.map((c) => c.title);

test("news of a conversation moves, renames and removes its row; older news is ignored", async () => {
  const { app, news, ready } = world();
  await ready();
  news({ changes: [changed("conversation", conversation("c1", "2026-01-03", { title: "renamed" }), "5")] });
  assert.deepEqual(titles(app), ["renamed", "title c2"]);
  news({ changes: [changed("conversation", conversation("c1", "2026-01-03", { title: "stale" }), "4")] });
  assert.deepEqual(titles(app), ["renamed", "title c2"]);
  news({ changes: [changed("conversation", conversation("c1", "2026-01-03", { trashed: "2026-01-04" }), "6")] });
  assert.deepEqual(titles(app), ["title c2"]);
});

test("news that overtakes the snapshot is not undone by it", async () => {
  let reply: (v: unknown) => void = () => undefined;
  const { app, client, news } = world({ "state.snapshot": () => new Promise((r) => (reply = r)) });
  client.onlink({ state: "ready" });
  await settle();
  news({ companion: { state: "connected", version: "1" } });
  news({ changes: [changed("conversation", conversation("c1", "2026-01-01", { title: "renamed" }), "5"), { kind: "conversation", id: "c2", version: "6", deleted: true }] });
  reply(snapshot({ companion: { state: "connecting" } }));
  await settle();
  assert.equal(app.companion.value.state, "connected");
  assert.deepEqual(titles(app), ["renamed"]);
});

test("news that overtakes a page of messages is not undone by it", async () => {
  let reply: (v: unknown) => void = () => undefined;
  const { app, news, ready } = world({ "message.list": () => new Promise((r) => (reply = r)) });
  await ready();
  app.open("c1");
  await settle();
  news({ changes: [changed("message", message("m1", { text: "mended" }), "5"), changed("message", message("m3"), "6"), { kind: "message", id: "m2", version: "7", deleted: true }] });
  reply({ messages: [message("m1"), message("m2")] });
  await settle();
  assert.deepEqual(ids(app), ["m1", "m3"]);
  assert.equal(app.thread.entries.value[0]?.current(), "mended");
});

test("a row that was deleted while older rows were on their way stays away", async () => {
  let reply: (v: unknown) => void = () => undefined;
  const { app, news, ready } = world({ "conversation.list": () => new Promise((r) => (reply = r)) }, { more: true });
  await ready();
  void app.conversations.loadMore();
  news({ changes: [{ kind: "conversation", id: "c0", version: "7", deleted: true }] });
  reply({ conversations: [conversation("c0", "2025-01-01")] });
  await settle();
  assert.deepEqual(titles(app), ["title c2", "title c1"]);
});

test("after everything changed, an open conversation beyond the first rows is read again and stays open; a deleted one is left", async () => {
  let there = true;
  let text = "old";
  const { app, news, ready } = world({
    "message.list": () => ({ messages: [message("m1", { conversation: "c0", text })] }),
    "conversation.get": () => (there ? conversation("c0", "2025-01-01") : Promise.reject(fault("not_found", "gone"))),
  });
  await ready();
  app.open("c0");
  await settle();
  text = "new";
  news({ reset: true });
  await settle();
  assert.equal(app.thread.id.value, "c0");
  assert.equal(app.thread.entries.value[0]?.current(), "new");
  there = false;
  news({ reset: true });
  await settle();
  assert.equal(app.thread.id.value, "");
});

test("an open conversation that another view deletes is left", async () => {
  const { app, news, ready } = world({ "message.list": () => ({ messages: [message("m1")] }) });
  await ready();
  app.open("c1");
  await settle();
  assert.deepEqual(ids(app), ["m1"]);
  news({ changes: [{ kind: "conversation", id: "c1", version: "9", deleted: true }] });
  assert.equal(app.thread.id.value, "");
});

test("an answer that another view asked for appears and grows here", async () => {
  let tell: (d: RunDelta) => void = () => undefined;
  const { app, news, ready } = world({
    "message.list": () => ({ messages: [message("m1")] }),
    "run.attach": (_, each) => new Promise(() => (tell = each)),
  });
  await ready();
  app.open("c1");
  await settle();
  news({ changes: [changed("message", message("m2")), changed("message", running("m3"))] });
  await settle();
  tell({ n: 1, text: "Hel" });
  tell({ n: 2, text: "lo" });
  assert.equal(app.thread.live.value?.text.value, "Hello");
  news({ changes: [changed("message", running("m3", { text: "He", delta: 1 }), "2")] });
  assert.equal(app.thread.live.value?.text.value, "Hello", "a record on its way knows less than the deltas");
  tell({ n: 3, state: "done", stats: { tokens: 2 } });
  assert.equal(app.thread.live.value, undefined);
  assert.equal(app.thread.entries.value.at(-1)?.message.value.stats?.tokens, 2);
  assert.equal(app.notices.spoken.value, "The answer is complete.");
});

test("a message that arrives as news before its own reply is shown once", async () => {
  let reply: (v: unknown) => void = () => undefined;
  const { app, news, ready } = world({ "message.list": () => ({ messages: [] }), "message.send": () => new Promise((r) => (reply = r)) });
  await ready();
  app.open("c1");
  await settle();
  const sending = send(app, "hi", [], () => assert.fail("given back"));
  news({ changes: [changed("message", message("m1", { text: "hi" })), changed("message", running("m2"))] });
  assert.deepEqual(ids(app), ["m1", "m2"]);
  reply({ conversation: conversation("c1", "2026-01-05"), message: message("m1", { text: "hi" }), answer: running("m2"), run: "r1" });
  await sending;
  assert.deepEqual(ids(app), ["m1", "m2"]);
});

test("a question and its answer stand in their order, whichever is heard of first and though their times are equal", async () => {
  const { app, news, ready } = world({ "message.list": () => ({ messages: [] }) });
  await ready();
  app.open("c1");
  await settle();
  const created = "2026-01-01T00:00:00.000Z";
  news({ changes: [changed("message", running("m2", { created })), changed("message", message("m1", { created }))] });
  assert.deepEqual(ids(app), ["m1", "m2"]);
});

test("the first message gives a new conversation its id, and what is being written stays", async () => {
  const { app, ready } = world({ "message.send": () => ({ conversation: conversation("c9", "2026-02-01"), message: message("m1", { conversation: "c9" }), answer: running("m2", { conversation: "c9" }), run: "r1" }) });
  await ready();
  await send(app, "hi", [], () => undefined);
  assert.equal(app.thread.id.value, "c9");
  assert.equal(app.thread.adopted, "c9");
  assert.deepEqual(ids(app), ["m1", "m2"]);
});

test("a message that did not get through comes back, with the reason shown", async () => {
  const { app, ready } = world({ "message.send": () => Promise.reject(fault("exhausted", "the disk is full", "delete something")) });
  await ready();
  let back = false;
  await send(app, "hi", [], () => (back = true));
  assert.ok(back);
  assert.deepEqual(ids(app), []);
  assert.equal(app.notices.toasts.value[0]?.text, "The disk is full. Delete something.");
});

const shown = (app: App) => app.thread.turns.value.map((turn) => turn.entry.id);
const pair = [message("m1", { parent: "-" }), message("m2", { role: "assistant", state: "done", parent: "m1" })];

test("an edited question takes the place of the first at once, and gives it back when it does not get through", async () => {
  let refuse: (e: unknown) => void = () => undefined;
  const { app, asked, ready } = world({ "message.list": () => ({ messages: pair }), "message.send": () => new Promise((_, no) => (refuse = no)) });
  await ready();
  app.open("c1");
  await settle();
  const sending = send(app, "rather", [], () => undefined, app.thread.entries.value[0]);
  assert.deepEqual(app.thread.turns.value.map((turn) => turn.entry.current()), ["rather"]);
  assert.equal((asked.at(-1)![1] as { edit: string }).edit, "m1");
  refuse(fault("unavailable", "no"));
  await sending;
  assert.deepEqual(shown(app), ["m1", "m2"]);
});

test("an edited question that got through is shown with its answer", async () => {
  const sent = {
    conversation: conversation("c1", "2026-01-05", { branch: "m3" }), message: message("m3", { text: "rather", parent: "-" }),
    answer: running("m4", { parent: "m3" }), run: "r1",
  };
  const { app, news, ready } = world({ "message.list": () => ({ messages: pair }), "message.send": () => sent });
  await ready();
  app.open("c1");
  await settle();
  const sending = send(app, "rather", [], () => undefined, app.thread.entries.value[0]);
  news({ changes: [changed("conversation", sent.conversation), changed("message", sent.answer), changed("message", sent.message)] });
  assert.deepEqual(shown(app), ["m3", "m4"]);
  await sending;
  assert.deepEqual(shown(app), ["m3", "m4"]);
  assert.deepEqual(ids(app), ["m1", "m2", "m3", "m4"]);
});

test("another view's choice among versions is followed; one that could not be kept is taken back", async () => {
  const answers = [...pair, message("m3", { role: "assistant", state: "done", parent: "m1" })];
  const { app, news, ready } = world({ "message.list": () => ({ messages: answers, conversation: conversation("c1", "2026-01-01", { branch: "m3" }) }), "conversation.branch": () => Promise.reject(fault("exhausted", "full")) });
  await ready();
  app.open("c1");
  await settle();
  assert.deepEqual(shown(app), ["m1", "m3"]);
  news({ changes: [changed("conversation", conversation("c1", "2026-01-01", { branch: "m2" }))] });
  assert.deepEqual(shown(app), ["m1", "m2"]);
  const choosing = pick(app, "m3");
  assert.deepEqual(shown(app), ["m1", "m3"]);
  await choosing;
  assert.deepEqual(shown(app), ["m1", "m2"]);
});

test("after a lost connection the snapshot and the open conversation are read again", async () => {
  const { app, asked, client, ready } = world({ "message.list": () => ({ messages: [message("m1")] }) });
  await ready();
  app.open("c1");
  await settle();
  client.onlink({ state: "lost" });
  asked.length = 0;
  await ready();
  assert.deepEqual(asked.map(([m]) => m), ["state.snapshot", "conversation.list", "message.list"]);
  assert.deepEqual(ids(app), ["m1"]);
});

test("a run that can't be followed any more is read from its record", async () => {
  let lists = 0;
  const { app, ready } = world({
    "message.list": () => ({ messages: [lists++ === 0 ? running("m1") : running("m1", { state: "interrupted", text: "what had come" })] }),
    "run.attach": () => Promise.reject(fault("not_found", "no such run")),
  });
  await ready();
  app.open("c1");
  await settle();
  await settle();
  const entry = app.thread.entries.value[0]!;
  assert.equal(entry.message.value.state, "interrupted");
  assert.equal(entry.text.value, "what had come");
});

test("a view opened during an answer shows its conversation", async () => {
  const run = { id: "r1", conversation: "c2", message: "m1", state: "running" as const, where: "runtime", service: "s1", model: "gemma", created: "" };
  const { app, ready } = world({ "message.list": () => ({ messages: [] }) }, { runs: [run] });
  app.begin();
  await ready();
  assert.equal(app.thread.id.value, "c2");
});

test("settings, services, storage and companion follow the news", async () => {
  const { app, news, ready } = world();
  await ready();
  news({
    changes: [{ kind: "setting", id: "settings", version: "1", body: { theme: "dark" } }], health: [{ ...ollama, health: { state: "offline", millis: 1 } }],
    storage: { backend: "memory", durable: false, bytes: 0 }, companion: { state: "connected", version: "2" },
  });
  assert.equal(app.settings.value.theme, "dark");
  assert.equal(app.services.value[0]?.health?.state, "offline");
  assert.equal(app.storage.value.durable, false);
  assert.equal(app.companion.value.version, "2");
  news({ changes: [{ kind: "service", id: "s1", version: "2", deleted: true }] });
  assert.deepEqual(app.services.value, []);
});

test("what is wrong with the companion stays told while it is looked for again", async () => {
  const { app, news, ready } = world();
  await ready();
  const seen = ["failed", "connecting", "failed", "connected", "connecting"].map((state) => {
    news({ companion: { state, detail: state === "failed" ? "it is silent" : "" } });
    return app.trouble.value;
  });
  assert.deepEqual(seen, ["it is silent", "it is silent", "it is silent", "", ""]);
});

test("a theme is chosen at once, and colours the page when it is kept", async () => {
  let answer: (s: Settings) => void = () => undefined;
  const { app, ready } = world({ "settings.set": () => new Promise((resolve) => (answer = resolve)) });
  await ready();
  const changing = change(app, { theme: "dark" });
  await settle();
  assert.deepEqual([app.settings.value.theme, app.theme.value], ["dark", "system"]);
  answer({ theme: "dark" });
  await changing;
  assert.equal(app.theme.value, "dark");
});

test("renaming shows at once and goes back when it could not be kept", async () => {
  const { app, ready } = world({ "conversation.rename": () => Promise.reject(fault("internal", "no")) });
  await ready();
  const renaming = rename(app, app.conversations.get("c1")!, "  new\n name ");
  assert.ok(titles(app).includes("new name"));
  await renaming;
  assert.ok(titles(app).includes("title c1"));
});

test("deleting offers to bring the conversation back, and does", async () => {
  const { app, asked, ready } = world({ "conversation.delete": () => ({}), "conversation.restore": () => conversation("c1", "2026-01-01") });
  await ready();
  await remove(app, app.conversations.get("c1")!);
  assert.deepEqual(titles(app), ["title c2"]);
  app.notices.toasts.value[0]?.action?.run();
  await settle();
  assert.deepEqual(asked.at(-1), ["conversation.restore", { id: "c1" }]);
  assert.deepEqual(titles(app), ["title c2", "title c1"]);
});

test("a toast leaves by itself, unless it is being looked at", () => {
  const { app } = world();
  app.notices.show("Saved.");
  const [toast] = app.notices.toasts.value;
  app.notices.hold(toast!.id);
  mock.timers.tick(60_000);
  assert.equal(app.notices.toasts.value.length, 1);
  app.notices.release(toast!.id);
  mock.timers.tick(7_999);
  assert.equal(app.notices.toasts.value.length, 1);
  mock.timers.tick(1);
  assert.deepEqual(app.notices.toasts.value, []);
});

test("older pages come before, without repeating what is there", async () => {
  const pages = [{ messages: [message("m3"), message("m4")], next: "p2" }, { messages: [message("m1"), message("m2"), message("m3")] }];
  const { app, ready } = world({ "message.list": () => pages.shift() });
  await ready();
  app.open("c1");
  await settle();
  await app.thread.loadOlder();
  assert.deepEqual(ids(app), ["m1", "m2", "m3", "m4"]);
  assert.equal(app.thread.older.value, "");
});

test("a page that is asked for twice at once is read once, and both hear that it came", async () => {
  const pages = [{ messages: [message("m2")], next: "p2" }, { messages: [message("m1")] }];
  const { app, ready } = world({ "message.list": () => pages.shift() });
  await ready();
  app.open("c1");
  await settle();
  assert.deepEqual(await Promise.all([app.thread.loadOlder(), app.thread.loadOlder()]), [true, true]);
  assert.deepEqual(ids(app), ["m1", "m2"]);
  assert.equal(await app.thread.loadOlder(), false);
});

test("an earlier page that did not come is told and asked for again, and forgotten with the conversation", async () => {
  let broken = true;
  const { app, ready } = world({ "message.list": ({ before }: { before?: string }) => {
    if (!before) return { messages: [message("m2")], next: "p2" };
    if (broken) throw fault("unavailable", "the disk is gone");
    return { messages: [message("m1")] };
  } });
  await ready();
  app.open("c1");
  await settle();
  await assert.rejects(app.thread.loadOlder(), /the disk is gone/);
  assert.deepEqual([app.thread.missing.value?.code, app.thread.older.value, app.thread.reading.value], ["unavailable", "p2", false]);
  broken = false;
  assert.equal(await app.thread.loadOlder(), true);
  assert.deepEqual([ids(app), app.thread.missing.value, app.thread.older.value], [["m1", "m2"], undefined, ""]);
  broken = true;
  app.open("c2");
  await settle();
  await assert.rejects(app.thread.loadOlder());
  app.open("c1");
  assert.equal(app.thread.missing.value, undefined);
});

test("an earlier page comes although the end is read anew meanwhile, and not into another conversation", async () => {
  let came: (v: unknown) => void = () => undefined;
  const { app, ready } = world({ "message.list": ({ before }: { before?: string }) =>
    (before ? new Promise((r) => (came = r)) : { messages: [message("m2")], next: "p2" }) });
  await ready();
  app.open("c1");
  await settle();
  const asked = app.thread.loadOlder();
  await settle();
  await app.thread.load();
  came({ messages: [message("m1")] });
  assert.equal(await asked, true);
  assert.deepEqual([ids(app), app.thread.older.value, app.thread.reading.value], [["m1", "m2"], "", false]);
  app.open("c2");
  await settle();
  const left = app.thread.loadOlder();
  await settle();
  app.open("c1");
  await settle();
  came({ messages: [message("m0")] });
  assert.equal(await left, false);
  assert.deepEqual([ids(app), app.thread.older.value], [["m2"], "p2"]);
});

test("an answer to a conversation that was left does not show in the one that is open", async () => {
  let first: (v: unknown) => void = () => undefined;
  const { app, ready } = world({ "message.list": ({ conversation: c }: { conversation: string }) => (c === "c1" ? new Promise((r) => (first = r)) : { messages: [message("m5", { conversation: "c2" })] }) });
  await ready();
  app.open("c1");
  app.open("c2");
  await settle();
  first({ messages: [message("m1")] });
  await settle();
  assert.deepEqual(ids(app), ["m5"]);
});

test("the model asked is the one picked, else the conversation's, else the default, else the first that can chat", () => {
  const other: ServiceView = { ...ollama, id: "s2", health: { state: "offline", millis: 0 } };
  const settings = { theme: "system", defaultService: "s1", defaultModel: "gemma" };
  assert.deepEqual(choose([ollama], [{ service: "s1", model: "gone" }], settings), { service: "s1", model: "gemma" });
  assert.deepEqual(choose([ollama, other], [{ service: "s2", model: "x" }], settings), { service: "s2", model: "x" }, "a service that is asleep may still have it");
  assert.deepEqual(choose([other, ollama], [], { theme: "system" }), { service: "s1", model: "gemma" }, "an embedding model can't answer");
  assert.equal(choose([], [], settings), undefined);
});

test("a conversation is in the list or in the archive, wherever it was put there", async () => {
  const archived = conversation("c1", "2026-01-01", { archived: true });
  const { app, news, ready } = world({ "conversation.list": (body: { archived?: boolean }) => ({ conversations: body.archived ? [archived] : [] }), "conversation.tune": (body: { archived: boolean }) => ({ ...archived, archived: body.archived }) });
  await ready();
  await archive(app, conversation("c1", "2026-01-01"), true);
  assert.deepEqual(titles(app), ["title c2"]);
  await app.archive.loadMore();
  assert.deepEqual(app.archive.list.value.map((c) => c.id), ["c1"]);
  news({ changes: [changed("conversation", conversation("c1", "2026-01-03"), "5")] });
  assert.deepEqual(titles(app), ["title c1", "title c2"]);
  assert.deepEqual(app.archive.list.value, []);
});

test("an open conversation that is in no list has its title all the same", async () => {
  const { app, ready } = world({ "message.list": () => ({ messages: [message("m1", { conversation: "c0" })], conversation: conversation("c0", "2025-01-01") }) });
  await ready();
  app.open("c0");
  await settle();
  assert.equal(app.current.value?.title, "title c0");
});
