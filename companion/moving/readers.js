"use strict";
var readers = (() => {
  var __defProp = Object.defineProperty;
  var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
  var __getOwnPropNames = Object.getOwnPropertyNames;
  var __hasOwnProp = Object.prototype.hasOwnProperty;
  var __defNormalProp = (obj, key, value) => key in obj ? __defProp(obj, key, { enumerable: true, configurable: true, writable: true, value }) : obj[key] = value;
  var __export = (target, all) => {
    for (var name in all)
      __defProp(target, name, { get: all[name], enumerable: true });
  };
  var __copyProps = (to, from, except, desc) => {
    if (from && typeof from === "object" || typeof from === "function") {
      for (let key of __getOwnPropNames(from))
        if (!__hasOwnProp.call(to, key) && key !== except)
          __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
    }
    return to;
  };
  var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);
  var __publicField = (obj, key, value) => __defNormalProp(obj, typeof key !== "symbol" ? key + "" : key, value);

  // views/kit/moving/read/embedded.ts
  var embedded_exports = {};
  __export(embedded_exports, {
    JsonReading: () => JsonReading,
    readMarkdown: () => readMarkdown
  });

  // views/kit/moving/read/item.ts
  var Left = class {
    constructor(where) {
      __publicField(this, "where", where);
      __publicField(this, "counts", /* @__PURE__ */ new Map());
    }
    add(what, n = 1) {
      var _a;
      if (n > 0) this.counts.set(what, ((_a = this.counts.get(what)) != null ? _a : 0) + n);
    }
    items() {
      return [...this.counts].map(([what, n]) => ({ type: "left", what, where: this.where, n }));
    }
  };
  function talk(conversation, messages) {
    const records = messages.map((m) => ({ kind: "message", id: m.id, body: m }));
    return { type: "records", records: [...records, { kind: "conversation", id: conversation.id, body: conversation }] };
  }
  var first = "-";
  var dayMs = 864e5;
  function moment(seconds, now = Date.now()) {
    const n = typeof seconds === "string" && seconds.trim() !== "" ? Number(seconds) : seconds;
    if (typeof n !== "number" || !Number.isFinite(n) || n <= 0) return void 0;
    const ms = Math.floor(n > 1e17 ? n / 1e6 : n > 1e11 ? n : n * 1e3);
    return ms < now + dayMs ? ms : void 0;
  }
  var iso = (ms) => new Date(ms).toISOString();
  var hex = (bytes) => [...bytes].map((x) => x.toString(16).padStart(2, "0")).join("");
  async function idOf(ms, name) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name)));
    const b = hash.slice(0, 16);
    for (let i = 5, rest = ms; i >= 0; i--, rest = Math.floor(rest / 256)) b[i] = rest % 256;
    b[6] = b[6] & 15 | 112;
    b[8] = b[8] & 63 | 128;
    const text2 = hex(b);
    return `${text2.slice(0, 8)}-${text2.slice(8, 12)}-${text2.slice(12, 16)}-${text2.slice(16, 20)}-${text2.slice(20)}`;
  }
  function titleOf(title, text2 = "") {
    const line = (s, n) => {
      const words = s.replace(/[\u0000-\u0020\u007f\u00a0]+/g, " ").trim();
      return [...words].length > n ? `${[...words].slice(0, n).join("").trimEnd()}…` : words;
    };
    return typeof title === "string" && line(title, 200) || line(text2, 60);
  }
  var maxAttached = 1e5;
  function attach(title, whole) {
    const cut = whole.length > maxAttached;
    return { type: "page", title, url: "", text: whole.slice(0, maxAttached), ...cut ? { truncated: true } : {} };
  }
  var fields = (v) => typeof v === "object" && v !== null && !Array.isArray(v) ? v : {};
  var list = (v) => Array.isArray(v) ? v : [];
  var text = (v) => typeof v === "string" ? v.toWellFormed() : "";
  var join = (a, b) => a && b ? `${a}

${b}` : a || b;

  // views/kit/moving/read/pictures.ts
  var maxPicture = 8 << 20;
  var most = 16;
  function base64Of(address) {
    var _a;
    const bare = address.startsWith("data:") ? (_a = /^data:[^,]*;base64,(.*)$/s.exec(address)) == null ? void 0 : _a[1] : address;
    return bare && /^[A-Za-z0-9+/]+={0,2}\s*$/.test(bare) ? bare.trim() : void 0;
  }
  function bytesOf(data) {
    try {
      const from = Uint8Array;
      return from.fromBase64 ? from.fromBase64(data) : Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    } catch (e) {
      return void 0;
    }
  }
  function shows(b) {
    const at = (i, ...what) => what.every((x, n) => b[i + n] === x);
    return at(0, 137, 80, 78, 71) || at(0, 255, 216, 255) || at(0, 82, 73, 70, 70) && at(8, 87, 69, 66, 80);
  }
  function judge(data, left) {
    var _a;
    const bytes = data === void 0 || data.length > 2 * maxPicture ? void 0 : bytesOf(data);
    if (data !== void 0 && ((_a = bytes == null ? void 0 : bytes.length) != null ? _a : data.length / 2) > maxPicture) return void left.add("largePictures");
    if (!bytes || !shows(bytes)) return void left.add("wrongPictures");
    return bytes;
  }
  var Album = class {
    constructor(left, where, find) {
      __publicField(this, "left", left);
      __publicField(this, "where", where);
      __publicField(this, "find", find);
      __publicField(this, "items", []);
      __publicField(this, "known", /* @__PURE__ */ new Set());
    }
    /** add gives the attachments that pictures become: data: addresses, or names of what lies beside the file that is read. */
    async add(addresses) {
      const out = [];
      for (const address of addresses) {
        const a = out.length < most ? await this.one(address) : void this.left.add("pictures");
        if (a) out.push(a);
      }
      return out;
    }
    async one(address) {
      var _a;
      const far = /^(?:https?:)?\//.test(address);
      const data = address.startsWith("data:") ? base64Of(address) : far ? void 0 : await ((_a = this.find) == null ? void 0 : _a.call(this, address));
      if (data === void 0 && !address.startsWith("data:")) return void this.left.add(far ? "farPictures" : "pictures");
      const bytes = judge(data, this.left);
      if (!bytes || data === void 0) return void 0;
      const name = `sha256:${hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)))}`;
      if (!this.known.has(name)) this.items.push({ type: "picture", name, data, where: this.where });
      this.known.add(name);
      const ending = bytes[0] === 137 ? "png" : bytes[0] === 255 ? "jpg" : "webp";
      return { type: "image", title: `${name.slice(7, 15)}.${ending}`, url: "", text: "", blob: name };
    }
  };

  // views/kit/moving/read/tree.ts
  var maxText = 1 << 20;
  function chain(said) {
    return said.map((s, i) => {
      var _a;
      return { ...s, parent: (_a = said[i - 1]) == null ? void 0 : _a.id };
    });
  }
  async function grow(source, said) {
    var _a, _b, _c, _d, _e, _f;
    const known = new Map(said.map((s) => [s.id, s]));
    const created = (_c = (_b = (_a = source.created) != null ? _a : least(said)) != null ? _b : source.updated) != null ? _c : 0;
    const { at, parents } = order(known, created);
    const ids = /* @__PURE__ */ new Map();
    const zero = source.undated ? created : 0;
    await Promise.all([...known.keys()].map(async (id2) => ids.set(id2, await idOf(at.get(id2) - zero, `${source.id}/${id2}`))));
    const conversation = await idOf(created - zero, source.id);
    const messages = [...known.values()].map((s) => {
      var _a2;
      const parent = parents.get(s.id);
      const m = {
        id: ids.get(s.id),
        conversation,
        parent: parent === void 0 ? first : ids.get(parent),
        role: s.role === "user" ? "user" : "assistant",
        text: s.text.slice(0, maxText),
        created: iso(at.get(s.id))
      };
      if (s.thinking) m.thinking = s.thinking.slice(0, maxText);
      if ((_a2 = s.attachments) == null ? void 0 : _a2.length) m.attachments = s.attachments;
      if (m.role === "assistant") m.state = "done";
      if (s.model && m.role === "assistant") m.model = s.model.slice(0, 200);
      return m;
    }).sort((a, b) => a.id < b.id ? -1 : 1);
    if (messages.length === 0) return [];
    const c = {
      id: conversation,
      title: titleOf(source.title, (_e = (_d = messages.find((m) => m.role === "user")) == null ? void 0 : _d.text) != null ? _e : messages[0].text),
      named: true,
      created: iso(created),
      updated: iso([...at.values()].reduce((a, b) => Math.max(a, b), Math.max(created, (_f = source.updated) != null ? _f : 0))),
      ...source.more
    };
    const branch = source.current === void 0 ? void 0 : ids.get(source.current);
    if (branch && new Set(parents.values()).size + (messages.some((m) => m.parent === first) ? 1 : 0) < messages.length) c.branch = branch;
    if (source.archived) c.archived = true;
    if (source.systemPrompt) c.systemPrompt = source.systemPrompt.slice(0, maxText);
    const cut = said.filter((s) => {
      var _a2, _b2;
      return s.text.length > maxText || ((_b2 = (_a2 = s.thinking) == null ? void 0 : _a2.length) != null ? _b2 : 0) > maxText;
    }).length;
    return cut > 0 ? [talk(c, messages), { type: "left", what: "cutShort", where: c.title, n: cut }] : [talk(c, messages)];
  }
  function least(said) {
    const times = said.flatMap((s) => {
      var _a;
      return (_a = s.at) != null ? _a : [];
    });
    return times.length > 0 ? times.reduce((a, b) => Math.min(a, b)) : void 0;
  }
  function order(known, created) {
    const out = { at: /* @__PURE__ */ new Map(), parents: /* @__PURE__ */ new Map() };
    for (const s of known.values()) place(s, known, out, created);
    return out;
  }
  function place(s, known, { at, parents }, created) {
    var _a, _b, _c;
    const way = [];
    const seen = /* @__PURE__ */ new Set();
    for (let x = s; x && !at.has(x.id) && !seen.has(x.id); x = known.get((_a = x.parent) != null ? _a : "")) {
      way.push(x);
      seen.add(x.id);
    }
    for (const x of way.reverse()) {
      const before = x.parent === void 0 ? void 0 : at.get(x.parent);
      if (before !== void 0) parents.set(x.id, x.parent);
      at.set(x.id, before === void 0 ? (_b = x.at) != null ? _b : created : Math.max((_c = x.at) != null ? _c : 0, before + 1));
    }
  }

  // views/kit/moving/read/chatgpt.ts
  var marks = /\uE200[^\uE200\uE201]*\uE201/g;
  var chatgpt = (find) => ({
    name: "ChatGPT",
    async take(_, value, where) {
      const c = fields(value);
      const nodes = fields(c.mapping);
      const left = new Left(where);
      const album = new Album(left, where, find);
      const pictures2 = /* @__PURE__ */ new Map();
      const documents = [];
      for (const [id3, node] of Object.entries(nodes)) {
        const m = fields(fields(node).message);
        const seen = await album.add(pointersOf(m));
        if (seen.length > 0) pictures2.set(id3, seen);
        documents.push(...await documentsOf(m, left, find));
      }
      const said = walk(nodes, left, pictures2);
      const id2 = text(c.conversation_id) || text(c.id) || where;
      const items = await grow({
        id: `chatgpt:${id2}`,
        title: c.title,
        created: moment(c.create_time),
        updated: moment(c.update_time),
        archived: c.is_archived === true,
        current: shown(text(c.current_node), nodes, new Map(said.map((s) => [s.id, s])))
      }, said);
      if (items.length === 0) left.add("empty");
      return [...album.items, ...documents, ...items, ...left.items()];
    }
  });
  function pointersOf(m) {
    const parts = list(fields(m.content).parts).map(fields).filter((p) => text(p.content_type).includes("image"));
    return parts.map((p) => `asset:/${text(p.asset_pointer).replace(/^[\w-]+:\/\//, "")}`);
  }
  async function documentsOf(m, left, find) {
    const out = [];
    for (const a of list(fields(m.metadata).attachments).map(fields)) {
      const id2 = text(a.id);
      if (!id2 || text(a.mime_type || a.mimeType).startsWith("image/")) continue;
      const file = await (find == null ? void 0 : find(id2));
      const title = titleOf(a.name, id2);
      if (file) out.push({ type: "document", title, source: `ChatGPT/${id2}/${title}`, collection: "ChatGPT", file });
      else left.add("attachments");
    }
    return out;
  }
  function walk(nodes, left, pictures2) {
    var _a, _b, _c, _d;
    const out = /* @__PURE__ */ new Map();
    const seen = /* @__PURE__ */ new Set();
    const children = childrenOf(nodes);
    const steps = [...(_a = children.get("")) != null ? _a : []].reverse().map((id2) => ({ id: id2, thinking: "" }));
    const rest = Object.keys(nodes);
    for (; ; ) {
      const step = (_b = steps.pop()) != null ? _b : next(rest, seen);
      if (!step) return [...out.values()];
      if (seen.has(step.id)) continue;
      seen.add(step.id);
      const { parent, thinking } = visit(step, fields(fields(nodes[step.id]).message), out, left, ((_c = children.get(step.id)) != null ? _c : []).length, pictures2.get(step.id));
      for (const id2 of [...(_d = children.get(step.id)) != null ? _d : []].reverse()) steps.push({ id: id2, parent, thinking });
    }
  }
  function next(rest, seen) {
    while (rest.length > 0) {
      const id2 = rest.shift();
      if (!seen.has(id2)) return { id: id2, thinking: "" };
    }
    return void 0;
  }
  function childrenOf(nodes) {
    var _a;
    const out = /* @__PURE__ */ new Map();
    for (const [id2, node] of Object.entries(nodes)) {
      const parent = text(fields(node).parent);
      const known = parent in nodes ? parent : "";
      out.set(known, [...(_a = out.get(known)) != null ? _a : [], id2]);
    }
    return out;
  }
  function visit(step, m, out, left, children, attachments) {
    var _a, _b;
    const author = text(fields(m.author).role);
    const role = attachments && author === "tool" ? "assistant" : author;
    const thought = thoughtsOf(m);
    if (thought) return { parent: step.parent, thinking: join(step.thinking, thought) };
    const said = role === author ? contentOf(m, left) : "";
    if (!said.trim() && !attachments || role === author && hidden(m, role)) {
      if (role === "tool" || role === "assistant" && said.trim()) left.add("tools");
      return { parent: step.parent, thinking: step.thinking };
    }
    const before = step.parent === void 0 ? void 0 : out.get(step.parent);
    if (role === "assistant" && (before == null ? void 0 : before.role) === "assistant" && before.open) {
      before.text = join(before.text, said);
      before.thinking = join((_a = before.thinking) != null ? _a : "", step.thinking) || void 0;
      if (attachments) before.attachments = [...(_b = before.attachments) != null ? _b : [], ...attachments];
      before.open = children <= 1;
      return { parent: step.parent, thinking: "" };
    }
    const metadata = fields(m.metadata);
    const s = {
      id: step.id,
      parent: step.parent,
      role,
      text: said,
      thinking: role === "assistant" && step.thinking || void 0,
      model: text(metadata.model_slug) || void 0,
      at: moment(m.create_time),
      open: children <= 1,
      attachments
    };
    out.set(step.id, s);
    return { parent: step.id, thinking: "" };
  }
  function hidden(m, role) {
    const recipient = text(m.recipient);
    return role !== "user" && role !== "assistant" || fields(m.metadata).is_visually_hidden_from_conversation === true || recipient !== "" && recipient !== "all";
  }
  function thoughtsOf(m) {
    const content = fields(m.content);
    if (content.content_type !== "thoughts") return "";
    return list(content.thoughts).map((x) => join(text(fields(x).summary), text(fields(x).content))).filter(Boolean).join("\n\n");
  }
  function contentOf(m, left) {
    var _a, _b;
    const content = fields(m.content);
    const kind = text(content.content_type);
    if (kind === "reasoning_recap" || kind === "user_editable_context" || kind === "model_editable_context") return "";
    if (kind === "code") return content.text ? `\`\`\`${language(content)}
${text(content.text)}
\`\`\`` : "";
    const parts = Array.isArray(content.parts) ? content.parts : [(_b = (_a = content.text) != null ? _a : content.result) != null ? _b : ""];
    return parts.map((p) => partOf(p, left)).filter(Boolean).join("\n\n").replace(marks, "");
  }
  function language(content) {
    const name = text(content.language);
    return /^[\w+-]{1,20}$/.test(name) && name !== "unknown" ? name : "";
  }
  function partOf(part, left) {
    if (typeof part === "string") return text(part);
    const p = fields(part);
    const kind = text(p.content_type);
    if (kind === "audio_transcription") return text(p.text);
    if (kind.includes("image")) return "";
    if (kind.includes("audio") || kind.includes("video")) left.add("recordings");
    else if (text(p.text)) return text(p.text);
    return "";
  }
  function shown(node, nodes, said) {
    for (let i = 0; node && i < 1e5; i++) {
      if (said.has(node)) return node;
      node = text(fields(nodes[node]).parent);
    }
    return void 0;
  }

  // views/kit/moving/read/passages.ts
  var Passages = class {
    constructor() {
      __publicField(this, "known", /* @__PURE__ */ new Map());
      __publicField(this, "current", "");
    }
    /** document takes what is known of one. */
    document(d, where) {
      const id2 = text(d.id);
      const title = titleOf(d.title);
      if (!id2 || !title || text(d.trashed)) return text(d.trashed) ? [] : [{ type: "left", what: "broken", where }];
      const collection = titleOf(d.collection);
      const document = { type: "document", title, source: text(d.source) || title, text: "" };
      if (collection) document.collection = collection;
      if (text(d.hash)) document.hash = text(d.hash);
      this.known.set(id2, { document, place: "" });
      return [];
    }
    /** take takes a passage, and gives the document that is whole by that. */
    take(p) {
      const id2 = text(p.document);
      const begun = this.known.get(id2);
      const out = id2 === this.current ? [] : this.finish();
      if (!begun) return out;
      this.current = id2;
      const again = typeof p.again === "number" ? p.again : 0;
      const place2 = text(p.place);
      const page = begun.place !== place2 && place2.startsWith("page ");
      const between = begun.document.text === "" || again > 0 ? "" : page ? "\f" : "\n\n";
      begun.document.text += between + withoutBytes(text(p.text), again);
      begun.place = place2;
      return out;
    }
    /** end gives what is left: the last document, and by name those of which nothing came. */
    end() {
      const out = this.finish();
      for (const { document } of this.known.values()) out.push({ type: "left", what: "knowledge", where: document.title });
      this.known.clear();
      return out;
    }
    finish() {
      const begun = this.known.get(this.current);
      this.known.delete(this.current);
      this.current = "";
      return begun ? [begun.document] : [];
    }
  };
  function withoutBytes(whole, n) {
    let at = 0;
    for (const c of whole) {
      if (n <= 0) break;
      const code = c.codePointAt(0);
      n -= code < 128 ? 1 : code < 2048 ? 2 : code < 65536 ? 3 : 4;
      at += c.length;
    }
    return whole.slice(at);
  }

  // views/kit/moving/read/services.ts
  function addressOf(typed) {
    var _a;
    const found = /^(https?):\/\/([^\s/?#@\\]+)(\/[^\s?#]*)?$/i.exec(typed.trim());
    return found ? `${found[1]}://${found[2]}`.toLowerCase() + ((_a = found[3]) != null ? _a : "").replace(/\/+$/, "") : void 0;
  }
  var hostOf = (url) => url.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  var isKey = (key) => /^[!-~]{1,8192}$/.test(key);
  function serviceOf(kind, name, address, key, where) {
    const url = addressOf(text(address));
    const title = [...titleOf(name)].slice(0, 100).join("");
    if (!url) return [{ type: "left", what: "address", where: title || where }];
    const word = text(key).trim();
    const out = [{ type: "service", kind, name: title || hostOf(url), url, where, ...isKey(word) ? { key: word } : {} }];
    if (word && !isKey(word)) out.push({ type: "left", what: "key", where: title || where });
    return out;
  }
  var withoutPath = (address) => text(address).trim().replace(/\/v1\/?$/, "");

  // views/kit/moving/read/kai.ts
  var kinds = { conversations: "conversation", conversation: "conversation", messages: "message", folders: "folder", prompts: "prompt", personas: "persona" };
  var maxBody = 5 << 20;
  var others = ["format", "version", "pictures", "services", "documents", "passages"];
  function kai() {
    let newer = false;
    const late = [];
    const passages = new Passages();
    return {
      name: "kAI",
      wants: (key) => key in kinds || others.includes(key),
      async take(key, value, where) {
        if (key === "version" && value !== 1) newer = true;
        if (newer) return key === "version" ? [{ type: "left", what: "newer", where }] : [];
        if (key === "pictures") return pictures(fields(value), where);
        if (key === "services") return serviceOf(text(fields(value).kind), fields(value).name, fields(value).url, "", where);
        if (key === "documents") return passages.document(fields(value), where);
        if (key === "passages") return passages.take(fields(value));
        const kind = kinds[key];
        if (!kind) return [];
        const body = fields(value);
        if (!holds[kind](body) || JSON.stringify(body).length > maxBody) return [{ type: "left", what: "broken", where }];
        const record = { kind, id: text(body.id), body: kind === "message" ? settled(body) : body };
        if (kind !== "conversation") return [{ type: "records", records: [record] }];
        late.push(record);
        return [];
      },
      async end() {
        return [...late.map((r) => ({ type: "records", records: [r] })), ...passages.end()];
      }
    };
  }
  function pictures(all, where) {
    return Object.entries(all).flatMap(([name, data]) => {
      const bare = text(data).replace(/^data:[^,]*,/, "");
      if (!/^sha256:[0-9a-f]{64}$/.test(name) || !bare) return [{ type: "left", what: "pictures", where }];
      return [{ type: "picture", name, data: bare, where }];
    });
  }
  function settled(body) {
    return body.state === "running" ? { ...body, state: "interrupted" } : body;
  }
  var id = (v) => /^[!-~]{1,256}$/.test(text(v));
  var some = (v, max = 200) => typeof v === "string" && v.length <= max && !v.includes("\0");
  var maybe = (v, max) => v === void 0 || some(v, max);
  var time = (v) => some(v, 40) && !Number.isNaN(Date.parse(v));
  var flag = (v) => v === void 0 || typeof v === "boolean";
  var holds = {
    conversation: (c) => id(c.id) && some(c.title, 1e3) && time(c.created) && time(c.updated) && maybe(c.pinned) && maybe(c.shelf) && maybe(c.branch) && maybe(c.trashed) && flag(c.named) && flag(c.archived) && flag(c.private) && [c.service, c.model, c.persona].every((v) => maybe(v)) && [c.systemPrompt, c.injected, c.prefix].every((v) => maybe(v, maxText)),
    message: (m) => id(m.id) && id(m.conversation) && maybe(m.parent) && (m.role === "user" || m.role === "assistant") && typeof m.text === "string" && m.text.length <= maxText && time(m.created) && maybe(m.thinking, maxText) && [m.service, m.model, m.run].every((v) => maybe(v)) && maybe(m.state, 20) && (m.attachments === void 0 || Array.isArray(m.attachments)),
    folder: (f) => id(f.id) && some(f.name) && f.name !== "",
    prompt: (p) => id(p.id) && some(p.name) && typeof p.template === "string" && p.template.length <= maxText,
    persona: (p) => id(p.id) && some(p.name) && typeof p.injections === "object" && p.injections !== null
  };

  // views/kit/moving/read/thinking.ts
  var tags = /<(think|thinking|reason|reasoning|thought)>([\s\S]*?)<\/\1>/gi;
  var folded = /<details\s+type="([a-z_]+)"[^>]*>([\s\S]*?)<\/details>/gi;
  var entities = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#x27;": "'", "&#39;": "'", "&#x2F;": "/", "&nbsp;": " " };
  function apart(whole) {
    let thinking = "", tools = 0;
    const text2 = whole.replace(tags, (_, __, inner) => {
      thinking = join(thinking, inner.trim());
      return "";
    }).replace(folded, (_, type, inner) => {
      if (type.toLowerCase() !== "reasoning") tools++;
      else thinking = join(thinking, plain(inner));
      return "";
    });
    return { text: thinking || tools ? text2.trim() : text2, thinking, tools };
  }
  function plain(inner) {
    const body = inner.replace(/<summary>[\s\S]*?<\/summary>/i, "").replace(/&(?:lt|gt|amp|quot|#x27|#39|#x2F|nbsp);/g, (e) => entities[e]);
    return body.split("\n").map((line) => line.replace(/^> ?/, "")).join("\n").trim();
  }

  // views/kit/moving/read/open_webui.ts
  var openWebUI = {
    name: "Open WebUI",
    async take(_, value, where) {
      var _a;
      const outer = fields(value);
      const chat = fields(outer.chat);
      const left = new Left(where);
      const album = new Album(left, where);
      const history = fields(chat.history);
      const tree = Object.entries(fields(history.messages));
      const told = tree.length > 0 ? tree : list(chat.messages).map((m, i) => [text(fields(m).id) || `${i}`, m]);
      const read = [];
      for (const [id2, m] of told) read.push(await message(id2, fields(m), left, album));
      const all = tree.length > 0 ? read : chain(read);
      const system = all.find((s) => s.role === "system");
      const updated = moment(outer.updated_at);
      const items = await grow({
        id: `open-webui:${text(outer.id) || text(chat.id) || `${text(outer.title)} ${String(outer.created_at)}`}`,
        title: text(outer.title) || chat.title,
        created: (_a = moment(outer.created_at)) != null ? _a : moment(chat.timestamp),
        updated,
        archived: outer.archived === true,
        current: text(history.currentId) || void 0,
        systemPrompt: (system == null ? void 0 : system.text) || text(chat.system) || text(fields(chat.params).system),
        more: outer.pinned === true ? { pinned: iso(updated != null ? updated : 0) } : void 0
      }, spoken(all));
      if (items.length === 0) left.add("empty");
      return [...album.items, ...items, ...left.items()];
    }
  };
  async function message(id2, m, left, album) {
    const { text: words, thinking, tools } = apart(contentOf2(m));
    left.add("tools", tools);
    const model = text(m.modelName) || text(m.model);
    return {
      id: id2,
      parent: text(m.parentId) || void 0,
      role: text(m.role),
      text: words,
      thinking: thinking || void 0,
      model: model || void 0,
      at: moment(m.timestamp),
      attachments: await attachmentsOf(m, left, album)
    };
  }
  function contentOf2(m) {
    if (!Array.isArray(m.content)) return text(m.content);
    return m.content.map((p) => text(fields(p).text)).filter(Boolean).join("\n\n");
  }
  async function attachmentsOf(m, left, album) {
    const parts = list(m.content).map(fields).filter((p) => p.type === "image_url").map((p) => text(fields(p.image_url).url) || text(p.image_url));
    const files = list(m.files).map(fields);
    const images = files.filter((f) => f.type === "image" || text(f.content_type).startsWith("image/"));
    const out = await album.add([...parts, ...images.map((f) => text(f.url))]);
    for (const f of files) {
      if (images.includes(f)) continue;
      const file = fields(f.file);
      const words = text(fields(file.data).content) || text(f.content);
      if (words.trim()) out.push(attach(titleOf(text(f.name) || text(file.filename), words), words));
      else left.add("attachments");
    }
    return out;
  }
  function spoken(all) {
    const known = new Map(all.map((s) => [s.id, s]));
    const kept = (s) => {
      var _a;
      return (s.role === "user" || s.role === "assistant") && Boolean(s.text.trim() || s.thinking || ((_a = s.attachments) == null ? void 0 : _a.length));
    };
    return all.filter(kept).map((s) => {
      let parent = s.parent;
      for (let i = 0; parent !== void 0 && known.has(parent) && !kept(known.get(parent)) && i < all.length; i++) parent = known.get(parent).parent;
      return { ...s, parent };
    });
  }

  // views/kit/moving/read/kai_cd.ts
  var maxPrompt = 8192;
  function kaiCd() {
    let version;
    return {
      name: "kai-cd",
      async take(key, value, where) {
        if (key === "version") version = value;
        if (key !== "data") return [];
        if (version !== void 0 && version !== "1.0") return [{ type: "left", what: "newer", where }];
        const data = fields(value);
        const items = [];
        for (const [i, s] of list(data.services).entries()) items.push(...await itemsOf(fields(s), `${where}.services[${i}]`));
        if (text(data.vault)) items.push({ type: "left", what: "vault", where: `${where}.vault` });
        return items;
      }
    };
  }
  async function itemsOf(s, where) {
    const left = new Left(text(s.name) || where);
    const kind = text(s.serviceDefinitionId) || text(s.type);
    const credential = text(s.credentialId);
    const service = serviceOf(kind, s.name, text(s.customUrl) || text(s.url), /^[\w.-]{1,100}$/.test(credential) ? `vault:${credential}` : "", where);
    if (credential) left.add("vaultKey");
    const images = [];
    for (const [i, image] of list(s.imageHistory).entries()) images.push(...await imageOf(fields(image), `${text(s.id)}/${i}`, kind, `${where}.imageHistory[${i}]`, left));
    const model = text(s.lastUsedModel) || void 0;
    const all = chain(list(s.history).map((m, i) => {
      const { content, role, id: id2, timestamp } = fields(m);
      const { text: words, thinking } = apart(text(content));
      return { id: text(id2) || `${i}`, role: text(role), text: words, thinking: thinking || void 0, model, at: moment(timestamp) };
    }));
    const items = await grow({ id: `kai-cd:${text(s.id) || text(s.name)}`, title: s.name, created: moment(s.createdAt), updated: moment(s.updatedAt) }, spoken(all));
    return [...service, ...images, ...items, ...left.items()];
  }
  async function imageOf(image, place2, service, where, left) {
    var _a;
    const address = text(image.imageData);
    if (/^https?:/.test(address)) {
      left.add("farPictures");
      return [];
    }
    const data = base64Of(address);
    if (!judge(data, left) || data === void 0) return [];
    const at = (_a = moment(image.timestamp)) != null ? _a : 0;
    const id2 = await idOf(at, `kai-cd:image:${text(image.id) || place2}`);
    return [{ type: "image", id: id2, data, prompt: text(image.prompt).slice(0, maxPrompt), service, created: iso(at), where }];
  }

  // views/kit/moving/read/open_webui_settings.ts
  var openWebUIPrompts = {
    name: "Open WebUI",
    async take(_, value, where) {
      var _a, _b;
      const v = fields(value);
      const template = text(v.content);
      const name = titleOf(text(v.name) || text(v.title), text(v.command).replace(/^\//, ""));
      if (!template.trim() || template.length > maxText || !name) return [{ type: "left", what: "broken", where }];
      const at = (_b = (_a = moment(v.created_at)) != null ? _a : moment(v.timestamp)) != null ? _b : 0;
      const id2 = await idOf(at, `open-webui:prompt:${text(v.command) || text(v.id) || template}`);
      return one({ kind: "prompt", id: id2, body: { id: id2, name, template, version: 1, createdAt: iso(at) } });
    }
  };
  var openWebUIModels = {
    name: "Open WebUI",
    async take(_, value, where) {
      var _a;
      const v = fields(value);
      const words = text(fields(v.params).system);
      const name = titleOf(v.name, text(v.id));
      if (!words.trim() || words.length > maxText || !name) return [{ type: "left", what: "models", where: name || where }];
      const at = (_a = moment(v.created_at)) != null ? _a : 0;
      const id2 = await idOf(at, `open-webui:model:${text(v.id) || name}`);
      const description = titleOf(fields(v.meta).description);
      return one({ kind: "persona", id: id2, body: { id: id2, name, ...description ? { description } : {}, injections: { system_prompt: words } } });
    }
  };
  var one = (record) => [{ type: "records", records: [record] }];
  var lists = ["ollama.base_urls", "openai.api_base_urls", "openai.api_keys"];
  var areas = /^(?:ollama|openai|image_generation)(?:\.|$)/;
  var isOpenWebUIConfig = (key) => areas.test(key);
  function openWebUIConfig() {
    const found = {};
    return {
      name: "Open WebUI",
      wants: (key) => areas.test(key),
      async take(key, value) {
        if (lists.includes(key)) found[key] = [...list(found[key]), value];
        else flatten(key, value, found);
        return [];
      },
      async end() {
        const at = (name, i) => list(found[name])[i];
        const items = [];
        list(found["ollama.base_urls"]).forEach((url, i) => items.push(...serviceOf("ollama", "", url, keyIn(found["ollama.api_configs"], i, url), "ollama")));
        list(found["openai.api_base_urls"]).forEach((url, i) => items.push(...serviceOf(/^https:\/\/api\.openai\.com\b/.test(text(url)) ? "openai" : "openai-compatible", "", url, at("openai.api_keys", i), "openai")));
        for (const [kind, name] of [["a1111", "automatic1111"], ["comfyui", "comfyui"]]) {
          const url = text(found[`image_generation.${name}.base_url`]);
          if (url) items.push(...serviceOf(kind, "", url, found[`image_generation.${name}.api_key`], "image_generation"));
        }
        return items;
      }
    };
  }
  function flatten(name, value, into) {
    if (name.endsWith("api_configs") || typeof value !== "object" || value === null || Array.isArray(value)) {
      into[name] = value;
      return;
    }
    if (name.split(".").length < 5) for (const [key, v] of Object.entries(value)) flatten(`${name}.${key}`, v, into);
  }
  function keyIn(configs, i, url) {
    var _a;
    return fields((_a = fields(configs)[`${i}`]) != null ? _a : fields(configs)[text(url)]).key;
  }

  // views/kit/moving/read/page_assist.ts
  var readable = ["chat", "prompts", "oaiConfigs", "knowledge", "storageLocal", "storageSync"];
  var pageAssistKeys = ["knowledge", "chat", "vector", "prompts", "oaiConfigs", "nicknames", "models", "storageLocal", "storageSync"];
  var pageAssist = {
    name: "Page Assist",
    wants: (key) => readable.includes(key),
    async take(key, value, where) {
      const v = fields(value);
      switch (key) {
        case "chat":
          return chatOf(v, where);
        case "prompts":
          return promptOf(v, where);
        case "knowledge":
          return list(v.source).flatMap((s) => documentOf(v, fields(s), where));
        case "oaiConfigs":
          return configOf(v, where);
        default:
          return ollamaOf(v, where);
      }
    }
  };
  async function chatOf(v, where) {
    const history = fields(v.history);
    const left = new Left(where);
    const album = new Album(left, where);
    const messages = list(v.messages).map((m, i) => ({ m: fields(m), i }));
    messages.sort((a, b) => {
      var _a, _b;
      return ((_a = moment(a.m.createdAt)) != null ? _a : 0) - ((_b = moment(b.m.createdAt)) != null ? _b : 0) || a.i - b.i;
    });
    const read = [];
    for (const { m, i } of messages) {
      const { text: words, thinking, tools } = apart(text(m.content));
      left.add("tools", tools);
      const attachments = await album.add(list(m.images).map(text).filter(Boolean));
      const role = text(m.role);
      read.push({ id: text(m.id) || `${i}`, role, text: words, thinking: thinking || void 0, model: text(m.modelName) || text(m.name) || void 0, at: moment(m.createdAt), attachments });
    }
    const created = moment(history.createdAt);
    const items = await grow({
      id: `page-assist:${text(history.id) || where}`,
      title: history.title,
      created,
      systemPrompt: text(fields(history.last_used_prompt).prompt_content),
      more: history.is_pinned === true ? { pinned: iso(created != null ? created : 0) } : void 0
    }, spoken(chain(read)));
    if (items.length === 0) left.add("empty");
    return [...album.items, ...items, ...left.items()];
  }
  async function promptOf(v, where) {
    const system = v.is_system === true;
    const words = text(v.content) || text(system ? v.system_prompt : v.user_prompt);
    const name = titleOf(text(v.title) || v.name, words);
    if (!words.trim() || !name) return [{ type: "left", what: "broken", where }];
    const at = moment(v.createdAt);
    const id2 = await idOf(at != null ? at : 0, `page-assist:prompt:${text(v.id) || words}`);
    const record = system ? { kind: "persona", id: id2, body: { id: id2, name, injections: { system_prompt: words } } } : { kind: "prompt", id: id2, body: { id: id2, name, template: words, version: 1, createdAt: iso(at != null ? at : 0) } };
    return [{ type: "records", records: [record] }];
  }
  var endings = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/csv": "csv",
    "text/html": "html",
    "text/markdown": "md"
  };
  function documentOf(knowledge, source, where) {
    var _a;
    const collection = titleOf(knowledge.title).replace(/\//g, " ") || "Page Assist";
    const name = titleOf(source.filename) || text(source.source_id);
    const file = base64Of(text(source.content));
    if (!file || !text(source.content).startsWith("data:") || !name) return [{ type: "left", what: "knowledge", where: name || collection || where }];
    const ending = /\.\w{1,10}$/.test(name) ? "" : `.${(_a = endings[text(source.type)]) != null ? _a : "txt"}`;
    return [{ type: "document", title: name, source: `${collection}/${name}${ending}`, collection, file }];
  }
  var kinds2 = {
    ollama2: "ollama",
    llamacpp: "llama-cpp",
    lmstudio: "llm-studio",
    vllm: "vllm",
    openai: "openai",
    huggingface: "huggingface",
    anthropic: "anthropic"
  };
  function configOf(v, where) {
    var _a;
    const kind = (_a = kinds2[text(v.provider)]) != null ? _a : "openai-compatible";
    const address = kind === "ollama" || kind === "anthropic" ? withoutPath(v.baseUrl) : v.baseUrl;
    const items = serviceOf(kind, v.name, address, v.apiKey, where);
    if (list(v.headers).some((h) => text(fields(h).key))) items.push({ type: "left", what: "headers", where: text(v.name) || where });
    return items;
  }
  function ollamaOf(settings, where) {
    const address = text(settings.ollamaURL).replace(/^"(.*)"$/, "$1");
    return address ? serviceOf("ollama", "Ollama", address, "", where) : [];
  }

  // views/kit/moving/read/taker.ts
  var Problem = class extends Error {
    constructor(what) {
      super(what);
      __publicField(this, "what", what);
    }
  };

  // views/kit/moving/read/json_reading.ts
  var JsonReading = class {
    constructor(name, find) {
      __publicField(this, "name", name);
      __publicField(this, "find", find);
      __publicField(this, "reader");
    }
    /** source is from where the file is; empty until that is known. */
    get source() {
      var _a, _b;
      return (_b = (_a = this.reader) == null ? void 0 : _a.name) != null ? _b : "";
    }
    /** take takes a part: of a list its elements, of an object its members, and of those that are lists their elements. No text: it is too large. */
    async take(key, index, text2) {
      var _a, _b, _c, _d;
      const where = `${this.name} ${key}[${index}]`;
      if (((_a = this.reader) == null ? void 0 : _a.wants) && !this.reader.wants(key)) return [];
      if (text2 === void 0) return [{ type: "left", what: "tooLong", where }];
      let value;
      try {
        value = JSON.parse(text2);
      } catch (e) {
        return [{ type: "left", what: "broken", where }];
      }
      (_b = this.reader) != null ? _b : this.reader = readerOf(key, value, this.find);
      if (!this.reader && key === "") throw new Problem("unknown");
      return (_d = await ((_c = this.reader) == null ? void 0 : _c.take(key, value, where))) != null ? _d : [];
    }
    /** end gives what comes in the end. whole: whether the file ended where its JSON does. */
    async end(whole) {
      var _a, _b, _c;
      if (!this.reader) throw new Problem("unknown");
      const cut = whole ? [] : [{ type: "left", what: "cut", where: this.name }];
      return [...cut, ...(_c = await ((_b = (_a = this.reader).end) == null ? void 0 : _b.call(_a))) != null ? _c : []];
    }
  };
  function readerOf(key, value, find) {
    const v = fields(value);
    if (key === "") return listReader(v, find);
    if (key === "format" && (value === "kai-export" || value === "kai-conversation")) return kai();
    if (isOpenWebUIConfig(key)) return openWebUIConfig();
    if (pageAssistKeys.includes(key)) return pageAssist;
    if (key === "metadata" || key === "data" || key === "version" && typeof value === "string") return kaiCd();
    return void 0;
  }
  function listReader(v, find) {
    if ("mapping" in v) return chatgpt(find);
    if ("chat" in v) return openWebUI;
    if ("command" in v && "content" in v) return openWebUIPrompts;
    if ("base_model_id" in v || "params" in v && "meta" in v) return openWebUIModels;
    return void 0;
  }

  // views/kit/moving/read/markdown.ts
  var maxBytes = 4 << 20;
  var asks = /^(?:you|user|human|me|prompt|question)$/i;
  var answers = /^(?:assistant|ai|chatgpt|gpt[-\w.]*|claude|gemini|copilot|llama|mistral|bot|model|response|answer|kai)$/i;
  var speaker = /^(?:(#{1,6})[ \t]+(.+?)|\*\*([^*\n]{1,40}?):?\*\*:?)[ \t#]*$/;
  var beforeName = /^[^0-9A-Za-z\u00AA-\u1FFF\u2C00-\uD7FF\uF900-\uFFDC]+/;
  async function readMarkdown(name, whole, changed) {
    var _a;
    const body = whole.replace(/\r\n?/g, "\n").replace(/^\uFEFF?---\n[\s\S]*?\n---\n/, "");
    const turns = turnsOf(body);
    const title = titleOf((_a = /^#[ \t]+(.+)$/m.exec(body.slice(0, 2e3))) == null ? void 0 : _a[1], name.split("/").at(-1).replace(/\.\w+$/, ""));
    if (!turns) return [{ type: "document", title, source: name, text: body }];
    return grow({ id: `markdown:${name}`, title, created: changed, updated: changed, undated: true }, chain(turns));
  }
  function markOf(line) {
    var _a, _b;
    const found = speaker.exec(line);
    if (!found) return void 0;
    return { level: (_a = found[1]) != null ? _a : "**", who: ((_b = found[2]) != null ? _b : found[3]).replace(/\s*(?:\([^)]*\)|:)\s*$/, "").replace(beforeName, "").trim() };
  }
  function turnsOf(body) {
    var _a;
    const out = [];
    let level;
    let model = "";
    let fenced = false;
    let lines = [];
    const end = () => {
      if (out.length > 0) out.at(-1).text = lines.join("\n").trim();
      lines = [];
    };
    const begin = (role) => {
      end();
      out.push({ id: `${out.length}`, role, text: "", model: role === "assistant" && !answers.test(model) ? model : void 0 });
    };
    for (const line of body.split("\n")) {
      if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
      const mark = fenced ? void 0 : markOf(line);
      const asked = ((_a = out.at(-1)) == null ? void 0 : _a.role) === "user";
      if (mark && (level === void 0 || mark.level === level) && asks.test(mark.who)) {
        level = mark.level;
        begin("user");
      } else if (mark && mark.level === level && (answers.test(mark.who) || mark.who === model || asked && (!model || lines.some((l) => l.trim())))) {
        model || (model = mark.who);
        if (asked) {
          model = mark.who;
          begin("assistant");
        } else lines.push(line);
      } else lines.push(line);
    }
    end();
    const said = out.filter((s) => s.text);
    return said.some((s) => s.role === "user") && said.some((s) => s.role === "assistant") ? said : void 0;
  }
  return __toCommonJS(embedded_exports);
})();
