import assert from "node:assert/strict";
import { test } from "node:test";
import { strToU8, zipSync } from "fflate";
import type { Conversation, Message } from "../gen/wire";
import { readFiles } from "../views/kit/moving/read/files";
import type { Item } from "../views/kit/moving/read/item";
import { Malformed, Splitter, type Part } from "../views/kit/moving/read/json";
import { empty, tell } from "../views/kit/moving/tally";
import type { Why } from "../views/kit/moving/read/why";
import { markdown } from "../views/kit/conversation/save";
import { bakery, gallery, trip } from "./exports/chatgpt";
import { kaiConversation, kaiExport, picture } from "./exports/kai";
import { kaiCdBackup } from "./exports/kai_cd";
import { config, dotted, early, garden, models, prompts, webUISecret } from "./exports/open_webui";
import { pageAssistExport, secret } from "./exports/page_assist";
import { blue, blueName, red, redName } from "./exports/pictures";

/** Got is what readers made of files. */
interface Got {
  conversations: Conversation[];
  messages: Message[];
  /** Records of other kinds. */
  others: { kind: string; body: { [name: string]: unknown } }[];
  left: { what: Why; where: string; n?: number }[];
  sources: string[];
  items: Item[];
}

/** got reads files to their end. */
async function got(...files: File[]): Promise<Got> {
  const out: Got = { conversations: [], messages: [], others: [], left: [], sources: [], items: [] };
  await readFiles(files, {
    source: (name) => out.sources.push(name), progress: () => undefined,
    item: async (item) => {
      out.items.push(item);
      if (item.type === "left") out.left.push({ what: item.what, where: item.where, n: item.n });
      else if (item.type === "records") {
        for (const { kind, body } of item.records) (kind === "conversation" ? out.conversations : kind === "message" ? out.messages : out.others).push((kind === "conversation" || kind === "message" ? body : { kind, body }) as never);
      }
    },
  });
  return out;
}

const file = (name: string, content: unknown) => new File([typeof content === "string" ? content : JSON.stringify(content)], name);
const zip = (name: string, entries: { [name: string]: Uint8Array | string }) =>
  new File([zipSync(Object.fromEntries(Object.entries(entries).map(([n, c]) => [n, typeof c === "string" ? strToU8(c) : c]))) as BlobPart], name);
const said = (g: Got, conversation = g.conversations[0]!.id) => g.messages.filter((m) => m.conversation === conversation);

const pictures = (g: Got) => g.items.flatMap((i) => (i.type === "picture" ? [i.data] : []));
const documents = (g: Got) => g.items.filter((i) => i.type === "document");
const services = (g: Got) => g.items.flatMap((i) => (i.type === "service" ? [[i.kind, i.name, i.url, i.key]] : []));

test("a ChatGPT conversation comes with its branches, thoughts and models", async () => {
  const g = await got(file("conversations.json", [bakery, trip]));
  assert.deepEqual(g.sources, ["ChatGPT"]);
  const [bread, lyon] = g.conversations as [Conversation, Conversation];
  assert.deepEqual([bread.title, bread.created, bread.updated, bread.archived], ["Sourdough", "2023-11-14T22:13:20.500Z", "2023-11-14T22:23:20.250Z", undefined]);
  const [q1, a1, q2, a2] = said(g) as [Message, Message, Message, Message];
  assert.deepEqual([q1.text, a1.text, q2.text, a2.text], ["How long does sourdough rise?", "About twelve hours.", "How long does this one rise?", "Let me see.\n\nFour hours."]);
  assert.deepEqual([q1.parent, a1.parent, q2.parent, a2.parent], ["-", q1.id, "-", q2.id], "the second wording stands beside the first");
  assert.deepEqual([a1.model, a2.model, a2.thinking, a2.state], ["gpt-4", "o3", "Looking\n\nIt is warm.", "done"]);
  assert.equal(bread.branch, a2.id.length > 0 ? a2.id : "");
  assert.equal(lyon.archived, true);
  assert.equal(lyon.branch, undefined, "where nothing branches off nothing is chosen");
  const [ask, answer] = said(g, lyon.id) as [Message, Message];
  assert.ok(ask.id < answer.id && answer.parent === ask.id, "an answer stands after its question, whatever the clock said");
  assert.deepEqual(g.left.map(({ what, n }) => [what, n]), [["pictures", 1], ["tools", 2]]);
});

test("the same file gives the same ids, and a later export adds to them", async () => {
  const early = { ...trip, mapping: { m0: trip.mapping.m0, m1: trip.mapping.m1 } };
  const [one, two, before] = [await got(file("a.json", [bakery, trip])), await got(zip("b.zip", { "x/conversations.json": JSON.stringify([trip, bakery]) })), await got(file("c.json", [early]))];
  const ids = (g: Got) => [...g.messages, ...g.conversations].map((r) => r.id).sort();
  assert.deepEqual(ids(one), ids(two));
  for (const id of ids(before)) assert.ok(ids(one).includes(id));
});

test("an Open WebUI chat comes with both answers, what was thought, and its instructions", async () => {
  const g = await got(file("chat-export-1.json", [garden, early]));
  assert.deepEqual(g.sources, ["Open WebUI"]);
  const [beans, hi] = g.conversations as [Conversation, Conversation];
  assert.deepEqual([beans.title, beans.systemPrompt, beans.pinned, beans.created], ["Garden", "Be brief.", "2024-07-03T09:50:00.000Z", "2024-07-03T09:46:40.000Z"]);
  const [q, x, y] = said(g) as [Message, Message, Message];
  assert.deepEqual([x.parent, y.parent, beans.branch], [q.id, q.id, y.id]);
  assert.deepEqual([x.model, y.text, y.thinking], ["Llama", "After the last frost.", "Frost & snow."]);
  assert.deepEqual([hi.title, hi.systemPrompt, hi.archived], ["Hi there", "Rhyme.", true]);
  assert.deepEqual(said(g, hi.id).map((m) => [m.role, m.text]), [["user", "Hi there"], ["assistant", "Hello, fellow"]]);
  assert.deepEqual(q.attachments, [
    { type: "image", title: `${redName.slice(7, 15)}.png`, url: "", text: "", blob: redName }, { type: "page", title: "plan.txt", url: "", text: "Beans in the south bed." },
  ]);
  assert.deepEqual(pictures(g), [red]);
  assert.deepEqual(g.left.map((l) => l.what), ["farPictures", "attachments"]);
});

test("Open WebUI's prompts, models and settings become prompts, personas and services, in either layout of the settings", async () => {
  const g = await got(file("prompts.json", prompts), file("models.json", models));
  assert.deepEqual(g.others.map(({ kind, body }) => [kind, body.name, body.description, body.template ?? body.injections]), [
    ["prompt", "Shorten", undefined, "Shorten: {{CLIPBOARD}}"], ["persona", "Cook", "Knows soups", { system_prompt: "You cook." }],
  ]);
  assert.deepEqual(g.left.map((l) => [l.what, l.where]), [["models", "Plain"]]);
  for (const settings of [config, dotted]) {
    const s = await got(file("config.json", settings));
    assert.deepEqual([s.sources, services(s)], [["Open WebUI"], [
      ["ollama", "localhost:11434", "http://localhost:11434", undefined], ["ollama", "nas.lan:11434", "http://nas.lan:11434", webUISecret],
      ["openai", "api.openai.com", "https://api.openai.com/v1", undefined], ["openai-compatible", "openrouter.ai", "https://openrouter.ai/api/v1", webUISecret],
      ["comfyui", "localhost:8188", "http://localhost:8188", undefined],
    ]]);
  }
});

test("an export of Page Assist comes with its prompts, documents, pictures and services", async () => {
  const g = await got(file("page-assist.json", pageAssistExport));
  assert.deepEqual(g.sources, ["Page Assist"]);
  assert.deepEqual([g.conversations[0]!.title, g.conversations[0]!.systemPrompt, g.conversations[0]!.pinned], ["Soup", "You cook.", "2024-05-06T12:53:20.000Z"]);
  assert.deepEqual(said(g).map((m) => [m.role, m.text, m.thinking, m.model]), [["user", "Which soup?", undefined, undefined], ["assistant", "Leek soup.", "Leek?", "Gemma"]]);
  assert.deepEqual(g.others.map(({ kind, body }) => [kind, body.name, body.template ?? body.injections]), [["prompt", "Shorten", "Shorten this: {{text}}"], ["persona", "Cook", { system_prompt: "You cook." }]]);
  assert.deepEqual(said(g)[0]!.attachments, [{ type: "image", title: `${redName.slice(7, 15)}.png`, url: "", text: "", blob: redName }]);
  assert.deepEqual(pictures(g), [red]);
  assert.deepEqual(documents(g), [{ type: "document", title: "leek.txt", source: "Recipes/leek.txt", collection: "Recipes", file: btoa("Leeks, potatoes, cream.") }]);
  assert.deepEqual(services(g), [
    ["openai-compatible", "OpenRouter", "https://openrouter.ai/api/v1", secret], ["ollama", "Box", "http://box.lan:11434", undefined], ["ollama", "Ollama", "http://127.0.0.1:11434", undefined],
  ]);
  assert.deepEqual(g.left.map((l) => [l.what, l.where]), [["knowledge", "gone.pdf"], ["wrongPictures", "page-assist.json chat[0]"], ["headers", "OpenRouter"], ["address", "Nowhere"]]);
  assert.ok(!JSON.stringify(g.items.filter((i) => i.type !== "service")).includes(secret), "a key is nowhere but with its service");
});

test("a backup of kai-cd comes with its services, their conversations and pictures; its vault is told the way", async () => {
  const g = await got(file("kai-cd-backup-2025-06-01.json", kaiCdBackup));
  assert.deepEqual(g.sources, ["kai-cd"]);
  assert.deepEqual(g.conversations.map((c) => c.title), ["Local Ollama"]);
  assert.deepEqual(said(g).map((m) => [m.role, m.text, m.model]), [["user", "Good morning", undefined], ["assistant", "Morning!", "llama3"]]);
  assert.deepEqual(services(g), [
    ["ollama", "Local Ollama", "http://localhost:11434", "vault:c1"], ["comfyui", "ComfyUI", "http://localhost:8188", undefined], ["jellyfin", "Films", "http://films.lan:8096", undefined],
  ]);
  assert.deepEqual(g.items.flatMap((i) => (i.type === "image" ? [[i.data, i.prompt, i.service, i.created]] : [])), [
    [red, "a red stork", "comfyui", "2025-05-23T11:33:23.000Z"], [blue, "a blue stork", "comfyui", "2025-05-23T11:33:24.000Z"],
  ]);
  assert.deepEqual(g.left.map((l) => [l.what, l.where]), [
    ["vaultKey", "Local Ollama"], ["farPictures", "ComfyUI"], ["wrongPictures", "ComfyUI"], ["vault", "kai-cd-backup-2025-06-01.json data[0].vault"],
  ]);
  assert.ok(!JSON.stringify(g.items).includes(kaiCdBackup.data.vault));
  const newer = await got(file("b.json", { ...kaiCdBackup, version: "2.0" }));
  assert.deepEqual([newer.conversations.length, newer.left.map((l) => l.what)], [0, ["newer"]]);
});

test("an export of kAI comes back as it was", async () => {
  const g = await got(file("kai-export.json", kaiExport));
  assert.deepEqual(g.conversations, kaiExport.conversations);
  assert.deepEqual(g.messages, [kaiExport.messages[0], { ...kaiExport.messages[1], state: "interrupted" }], "but for what was being made");
  assert.deepEqual(g.others.map(({ body }) => body), [kaiExport.folders[0], kaiExport.prompts[0], kaiExport.personas[0]]);
  assert.deepEqual(g.items.find((i) => i.type === "picture"), { type: "picture", name: picture, data: "AAAA", where: "kai-export.json pictures[0]" });
  assert.deepEqual(g.items.findLast((i) => i.type === "records"), { type: "records", records: [{ kind: "conversation", id: "019b-c", body: kaiExport.conversations[0] }] }, "the conversation after its messages");
  assert.deepEqual(services(g), [["ollama", "Ollama", "http://localhost:11434", undefined]]);
  assert.deepEqual(documents(g), [
    { type: "document", title: "Beans", source: "garden/beans.md", collection: "Garden", hash: "7-8", text: "# Beans\n\nSow in May, for frost. Möre beans.\fHarvest." },
  ]);
  assert.deepEqual(g.left.map((l) => [l.what, l.where]), [["knowledge", "Peas"]]);
  const one = await got(file("Mine.json", kaiConversation));
  assert.deepEqual([one.conversations, one.messages, one.items.filter((i) => i.type === "picture").length], [[kaiConversation.conversation], kaiConversation.messages, 1]);
  const newer = await got(file("n.json", { ...kaiExport, version: 2 }));
  assert.deepEqual([newer.items.length, newer.left[0]!.what], [1, "newer"]);
});

test("Markdown in which two speak by turns is a conversation, and any other a document", async () => {
  const talk = (text: string) => got(new File([text], "notes/Talk.md", { lastModified: 1700000000000 }));
  for (const [text, want] of [
    ["# Storks\n\n## You\n\nWhere?\n\n## gemma3:270m\n\nAfrica.\n\n## In winter\n\nYes.\n\n## You\n\nAnd now?\n\n## gemma3:270m\n\nHere.", ["user Where?", "assistant Africa.\n\n## In winter\n\nYes.", "user And now?", "assistant Here."]],
    ["**User:**\nHi\n\n**Assistant:**\nHello **you**", ["user Hi", "assistant Hello **you**"]],
    ["---\ntitle: x\n---\n### Human (10:31)\nHi\n```\n### Human\n```\n### Claude (10:32)\nHello", ["user Hi\n```\n### Human\n```", "assistant Hello"]],
    ["#### You:\r\nHi\r\n#### ChatGPT:\r\nHello", ["user Hi", "assistant Hello"]],
  ] as const) {
    const g = await talk(text);
    assert.deepEqual(g.messages.map((m) => `${m.role} ${m.text}`), want);
    assert.equal(g.conversations[0]!.updated.slice(0, 10), "2023-11-14");
    assert.deepEqual((await got(new File([text], "notes/Talk.md", { lastModified: 1800000 }))).messages.map((m) => m.id), g.messages.map((m) => m.id), "copied, it is the same");
  }
  for (const text of ["# Beans\n\nSow in May.", "## You\n\nalone", "# User\n", "## Assistant\n\nHm\n\n## Assistant\n\nHm"]) {
    const g = await talk(text);
    assert.deepEqual(g.items.map((i) => i.type), ["document"], text);
  }
  assert.deepEqual((await talk("# Beans\n\nSow in May.")).items, [{ type: "document", title: "Beans", source: "notes/Talk.md", text: "# Beans\n\nSow in May." }]);
});

test("what kAI saves as Markdown comes back as a conversation", async () => {
  const g = await got(file("x.json", [bakery]));
  const c = g.conversations[0]!;
  const path = said(g).slice(2);
  const back = await got(file("Sourdough.md", markdown(c, path)));
  assert.equal(back.conversations[0]!.title, "Sourdough");
  assert.deepEqual(back.messages.map((m) => [m.role, m.text, m.model]), path.map((m) => [m.role, m.text, m.model]));
});

test("Markdown in a zip comes, too, and what is no text is told", async () => {
  const g = await got(zip("notes.zip", { "a/One.md": "# One\n\n## User\n\nHi\n\n## AI\n\nHello", "a/two.md": "Two", "bad.md": new Uint8Array([0xff, 0xfe, 0xff]), "empty.md": " " }));
  assert.deepEqual([g.conversations.map((c) => c.title), g.items.filter((i) => i.type === "document").length], [["One"], 1]);
  assert.deepEqual(g.left.map((l) => [l.what, l.where]), [["noText", "notes.zip/bad.md"], ["empty", "notes.zip/empty.md"]]);
});

test("a zip is read past its other files, each of which is counted", async () => {
  const g = await got(zip("export.zip", { "chat.html": "<p>", "user.json": "{}", "file-1.png": new Uint8Array(100_000), "conversations.json": JSON.stringify([trip]) }));
  assert.equal(g.conversations.length, 1);
  assert.deepEqual(g.left, [{ what: "others", where: "export.zip", n: 3 }]);
});

test("pictures and files of ChatGPT's zip come with the messages that name them, wherever they lie in it", async () => {
  const bytes = (data: string) => Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const g = await got(zip("export.zip", {
    "file-1-bread.png": bytes(red), "conversations.json": JSON.stringify([gallery]), "dalle-generations/file-2-0a.png": bytes(blue), "file-3-notes.md": "# Notes", "file-9-unnamed.png": bytes(red),
    "file_4-sanitized.gif": "GIF89a", "file-5.png": new Uint8Array(30 << 20),
  }));
  assert.deepEqual(said(g).map((m) => [m.role, m.text, (m.attachments ?? []).map((a) => a.blob?.slice(0, 14))]), [
    ["user", "Paint this bread in blue.", [redName.slice(0, 14)]], ["assistant", "Here it is.", [blueName.slice(0, 14)]],
  ]);
  assert.deepEqual(pictures(g), [red, blue]);
  assert.deepEqual(documents(g), [{ type: "document", title: "notes.md", source: "ChatGPT/file-3/notes.md", collection: "ChatGPT", file: btoa("# Notes") }]);
  assert.deepEqual(g.left.map((l) => [l.what, l.n]), [["wrongPictures", 1], ["pictures", 1], ["attachments", 1], ["others", 1]]);
});

test("what cannot be read is told by name, and the rest comes", async () => {
  const whole = JSON.stringify([trip]);
  const packed = new Uint8Array(await zip("x.zip", { "conversations.json": JSON.stringify(Array(500).fill(trip)) }).arrayBuffer());
  for (const [bad, what] of [
    [file("notes.pdf", "%PDF-1.4"), "unknown"],
    [file("empty.json", ""), "unknown"],
    [file("number.json", "12"), "unknown"],
    [file("other.json", '{"a":1}'), "unknown"],
    [new File([new Uint8Array([0x50, 0x4b, 3, 4, 9, 9, 9])], "short.zip"), "damaged"],
    [new File([packed.slice(0, packed.length / 2)], "half.zip"), "damaged"],
  ] as const) {
    const g = await got(bad, file("good.json", whole));
    assert.equal(g.conversations.length, 1, bad.name);
    assert.deepEqual(g.left, [{ what, where: bad.name, n: undefined }], bad.name);
  }
});

test("of a file that was cut off, what is whole comes", async () => {
  const text = JSON.stringify([trip, bakery]);
  const g = await got(file("cut.json", text.slice(0, text.length - 40)));
  assert.deepEqual(g.conversations.map((c) => c.title), ["Trip to Lyon"]);
  assert.deepEqual(g.left, [{ what: "cut", where: "cut.json", n: undefined }]);
});

test("a conversation that is damaged is named and skipped", async () => {
  const g = await got(file("x.json", `[${JSON.stringify(trip)},{"mapping": nonsense},null,7,${JSON.stringify(bakery)}]`));
  assert.equal(g.conversations.length, 2);
  assert.deepEqual(g.left.slice(0, 3), [
    { what: "broken", where: "x.json [1]", n: undefined }, { what: "empty", where: "x.json [2]", n: 1 }, { what: "empty", where: "x.json [3]", n: 1 },
  ]);
});

test("a bomb is told by its size, and nothing is held of it", async () => {
  const g = await got(zip("bomb.zip", { "conversations.json": new Uint8Array(100 << 20).fill(32) }), file("good.json", [trip]));
  assert.deepEqual(g.left, [{ what: "bomb", where: "bomb.zip/conversations.json", n: undefined }]);
  assert.equal(g.conversations.length, 1);
});

test("a file of more than 2 GB is told, and not read", async () => {
  const huge = Object.defineProperty(file("huge.json", "["), "size", { value: 3 * 2 ** 30 });
  const g = await got(huge, file("good.json", [trip]));
  assert.deepEqual([g.conversations.length, g.left], [1, [{ what: "tooLarge", where: "huge.json", n: undefined }]]);
});

test("a file that has gone since it was chosen is told", async () => {
  const gone = Object.assign(file("gone.json", "[]"), { slice: () => ({ arrayBuffer: () => Promise.reject(new Error("NotFoundError")) }) });
  const g = await got(gone, file("good.json", [trip]));
  assert.deepEqual([g.conversations.length, g.left], [1, [{ what: "unreadable", where: "gone.json", n: undefined }]]);
});

test("a message that is too long comes with its beginning, and is told", async () => {
  const long = { ...early, chat: { messages: [{ id: "1", role: "user", content: "x".repeat(2 << 20) }] } };
  const g = await got(file("x.json", [long]));
  assert.deepEqual([g.messages[0]!.text.length, g.left.map((l) => [l.what, l.n])], [1 << 20, [["cutShort", 1]]]);
});

test("a tally counts what would come", () => {
  const tally = empty();
  const c = (title: string, at: string) => ({ kind: "conversation" as const, id: title, body: { title, created: at, updated: at } });
  tell(tally, { type: "records", records: [c("b", "2024-01-02"), { kind: "message", id: "m", body: {} }, c("a", "2024-01-01")] });
  for (let i = 0; i < 9; i++) tell(tally, { type: "left", what: "pictures", where: `x[${i}]`, n: 2 });
  assert.deepEqual(tally, {
    sources: [], kinds: { conversation: 2, message: 1 }, titles: ["b", "a"], services: [], from: "2024-01-01", to: "2024-01-02",
    left: [{ what: "pictures", n: 18, where: ["x[0]", "x[1]", "x[2]", "x[3]", "x[4]"] }],
  });
});

/** random gives the same numbers for the same seed. */
function random(seed: number): (n: number) => number {
  let x = seed || 1;
  return (n) => {
    x ^= x << 13; x ^= x >>> 17; x ^= x << 5;
    return (x >>> 0) % n;
  };
}

/** anything makes some JSON value. */
function anything(r: (n: number) => number, depth = 4): unknown {
  switch (r(depth > 0 ? 8 : 5)) {
    case 0: return null;
    case 1: return r(2) === 0;
    case 2: return r(1_000_000_000) / 7;
    case 3: return ['"', "\\", "]}", "é\u2028", "\uD800", "", "{[", "\\\""][r(8)];
    case 4: return "word".repeat(r(9));
    case 5: case 6: return Array.from({ length: r(4) }, () => anything(r, depth - 1));
    default: return Object.fromEntries(Array.from({ length: r(4) }, (_, i) => [["id", "a,b", "}:", "mapping"][r(4)]! + i, anything(r, depth - 1)]));
  }
}

test("whatever JSON is cut into, wherever the pieces end, is what it is", () => {
  for (let seed = 1; seed < 400; seed++) {
    const r = random(seed);
    const value = r(2) ? Array.from({ length: r(5) }, () => anything(r)) : Object.fromEntries(Array.from({ length: r(5) }, (_, i) => [`k${i}"\\`, anything(r)]));
    const text = JSON.stringify(value, undefined, r(3));
    const splitter = new Splitter(1 << 20);
    const parts: Part[] = [];
    for (let i = 0; i < text.length;) {
      const n = 1 + r(7);
      parts.push(...splitter.push(text.slice(i, i + n)));
      i += n;
    }
    splitter.end();
    const back: { [key: string]: unknown[] } = {};
    for (const p of parts) (back[p.key] ??= []).push(JSON.parse(p.text!));
    const want: { [key: string]: unknown[] } = {};
    if (Array.isArray(value)) { if (value.length) want[""] = value; }
    else for (const [k, v] of Object.entries(value)) if (!Array.isArray(v)) want[k] = [v]; else if (v.length) want[k] = v;
    assert.deepEqual(back, JSON.parse(JSON.stringify(want)), text);
  }
});

test("a part that is too large is left out, and the others come", () => {
  const splitter = new Splitter(10);
  const parts = splitter.push(`[1,"${"x".repeat(100)}",2]`);
  splitter.end();
  assert.deepEqual(parts, [{ key: "", index: 0, text: "1" }, { key: "", index: 1, text: undefined }, { key: "", index: 2, text: "2" }]);
});

test("what is no JSON is told, and ends", () => {
  for (const bad of ["x", "1", '"a"', "{]", "{1}", '{"a"]', '{"a":}', "[}", "[:", "[1]2", '{"a":1:2}', "[1}", '{"a":[}', "\u0000"]) {
    const splitter = new Splitter(1000);
    assert.throws(() => { splitter.push(bad); splitter.end(); }, Malformed, bad);
  }
});

/** bend puts something else into a value, somewhere. */
function bend(value: unknown, r: (n: number) => number): unknown {
  if (typeof value !== "object" || value === null || r(12) === 0) return r(3) === 0 ? anything(r) : value;
  if (Array.isArray(value)) return value.map((v) => bend(v, r));
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, bend(v, r)]));
}

/** fit says that a reader's records are such that a store takes them. */
function fit(g: Got, own: boolean): void {
  const ids = new Set<string>();
  const conversations = new Set(g.conversations.map((c) => c.id));
  for (const c of g.conversations) assert.ok(typeof c.title === "string" && (own || c.created <= c.updated) && !Number.isNaN(Date.parse(c.created)));
  for (const m of g.messages) {
    if (own) {
      assert.match(m.id, /^[!-~]{1,256}$/);
      assert.ok(typeof m.text === "string" && (m.role === "user" || m.role === "assistant") && !Number.isNaN(Date.parse(m.created)));
      continue;
    }
    assert.match(m.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.ok(!ids.has(m.id) && conversations.has(m.conversation) && typeof m.text === "string" && (m.role === "user" || m.role === "assistant"));
    assert.ok(m.parent === "-" || (ids.has(m.parent!) && m.parent! < m.id), "what it follows came before it");
    ids.add(m.id);
  }
}

test("whatever settings have in them, services have an address, and a key that can be sent", async () => {
  for (const whole of [config, dotted, prompts, models]) {
    for (let seed = 1; seed < 300; seed++) {
      for (const i of (await got(file("config.json", bend(whole, random(seed))))).items) {
        if (i.type === "service") assert.ok(/^https?:\/\/[^\s/?#@]+/.test(i.url) && i.name && (i.key === undefined || /^[!-~]+$/.test(i.key)), JSON.stringify(i));
      }
    }
  }
});

test("whatever an export has in it, what comes of it can be kept", async () => {
  for (const [name, whole] of exportsOf()) {
    const own = whole === kaiExport || whole === kaiConversation;
    const plain = await got(file(name, whole));
    assert.ok(plain.conversations.length > 0, name);
    for (let seed = 1; seed < 300; seed++) {
      const r = random(seed);
      fit(await got(file(name, bend(whole, r))), own);
      const text = JSON.stringify(whole);
      const at = r(text.length);
      fit(await got(file(name, text.slice(0, at) + ["", "x", "}", '"', "\u0000", "["][r(6)] + text.slice(at + r(3)))), own);
    }
  }
});

function exportsOf(): [string, unknown][] {
  return [
    ["conversations.json", [bakery, trip]], ["chat-export.json", [garden, early]], ["page-assist.json", pageAssistExport], ["backup.json", kaiCdBackup], ["kai-export.json", kaiExport],
    ["one.json", kaiConversation], ["pictured.json", [gallery, trip]],
  ];
}
