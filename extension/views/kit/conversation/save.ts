import type { Conversation, Message, ToolUse } from "../../../gen/wire";
import { t } from "../../../strings";
import { escape } from "../markdown/parse";
import { loadRich } from "../chat/markdown";
import type { Turn } from "../state/path";
import type { Pictures } from "../state/pictures";
import { piecesOf } from "../tools/pieces";
import { nameOf, readable } from "../tools/words";
import { save } from "../ui/save";

/** Format is what a conversation is saved as. */
export type Format = "md" | "html" | "json";

const types: Record<Format, string> = { md: "text/markdown", html: "text/html", json: "application/json" };

/** saveConversation hands what is on the screen of a conversation to the browser, as a file. */
export async function saveConversation(c: Conversation, turns: Turn[], format: Format, pictures: Pick<Pictures, "data">): Promise<void> {
  const messages = turns.map((turn) => ({ ...turn.entry.message.peek(), text: turn.entry.current(), tools: turn.entry.tools.peek() }));
  const shown = await picturesOf(messages, pictures);
  const text = format === "md" ? markdown(c, messages, shown) : format === "json" ? json(c, messages, shown) : await html(c, messages, shown);
  save(new Blob([text], { type: `${types[format]};charset=utf-8` }), `${fileName(c.title)}.${format}`);
}

/** Shown has the pictures of messages as data: addresses, by name. */
type Shown = Record<string, string>;

async function picturesOf(messages: Message[], pictures: Pick<Pictures, "data">): Promise<Shown> {
  const out: Shown = {};
  for (const { attachments } of messages) for (const { blob } of attachments ?? []) if (blob) out[blob] ||= await pictures.data(blob);
  return out;
}

/** fileName makes a title fit for every file system. */
export function fileName(title: string): string {
  const clean = title.replace(/[\u0000-\u001f<>:"/\\|?*\u007f]+/g, " ").replace(/\s+/g, " ").trim().slice(0, 80).replace(/[. ]+$/, "");
  return clean || "kAI";
}

const who = (m: Message) => (m.role === "user" ? t.chat.you : m.model || t.chat.answer);

/** markdown writes a conversation as a document. The text of answers is Markdown already. */
export function markdown(c: Conversation, messages: Message[], shown: Shown = {}): string {
  const parts = messages.map((m) => {
    const pages = (m.attachments ?? []).map((a) => a.blob ? `![${a.title.replace(/[[\]\\]/g, " ")}](${shown[a.blob] ?? ""})\n\n` : `> ${a.title || a.url}\n> <${a.url}>\n\n`);
    const said = (m.tools ?? []).length > 0 ? piecesOf(m).map((p) => ("use" in p ? quoted(p.use) : p.text)).join("\n\n") : m.text;
    return `## ${who(m)}\n\n${pages.join("")}${said}\n`;
  });
  return `# ${c.title}\n\n${parts.join("\n")}`;
}

const became = (u: ToolUse) => (u.state ? t.tools.states[u.state as keyof typeof t.tools.states] : t.tools.coming);

// A call as a quotation: what a tool said can't be taken for a part of the conversation.
function quoted(u: ToolUse): string {
  const block = (title: string, text: string) => (text ? ["", `${title}:`, "", ...text.split("\n").map((line) => `    ${line}`)] : []);
  const lines = [`**${nameOf(u.name)}** (${became(u)})`, ...block(t.tools.with, readable(u.arguments)), ...block(t.tools.result, u.result ?? "")];
  if (u.cut) lines.push("", t.tools.cut);
  return lines.map((line) => `> ${line}`.trimEnd()).join("\n");
}

/** json writes a conversation with all that is kept of it. */
export function json(c: Conversation, messages: Message[], shown: Shown): string {
  const pictures = Object.keys(shown).length > 0 ? shown : undefined;
  return `${JSON.stringify({ format: "kai-conversation", version: 1, conversation: c, messages, pictures }, null, 2)}\n`;
}

/** html writes a conversation as a page that needs nothing else. */
export async function html(c: Conversation, messages: Message[], shown: Shown): Promise<string> {
  const { render } = await loadRich();
  const parts = messages.map((m) => {
    const pages = (m.attachments ?? []).map((a) => a.blob ? `<p><img src="${shown[a.blob] ?? ""}" alt="${escape(a.title)}"></p>` : `<p class="page">${escape(a.title || a.url)}<br>${escape(a.url)}</p>`);
    const text = m.role === "user" ? `<p class="said">${escape(m.text)}</p>` : piecesOf(m).map((p) => ("use" in p ? folded(p.use) : render(p.text))).join("");
    return `<section class="${m.role === "user" ? "question" : "answer"}"><h2>${escape(who(m))}</h2>${pages.join("")}${text}</section>`;
  });
  return `<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(c.title)}</title><style>${style}</style></head>
<body><h1>${escape(c.title)}</h1>
${parts.join("\n")}
</body></html>
`;
}

function folded(u: ToolUse): string {
  const block = (title: string, text: string) => (text ? `<p>${escape(title)}</p><pre>${escape(text)}</pre>` : "");
  const cut = u.cut ? `<p>${escape(t.tools.cut)}</p>` : "";
  return `<details class="page"><summary>${escape(nameOf(u.name))} (${escape(became(u))})</summary>${block(t.tools.with, readable(u.arguments))}${block(t.tools.result, u.result ?? "")}${cut}</details>`;
}

const style = `body{font:16px/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
img{max-width:100%}h2{font-size:.9rem;opacity:.7;margin:2rem 0 .25rem}.said{white-space:pre-wrap}.page{border-inline-start:3px solid;padding-inline-start:.75rem;opacity:.7}
pre{overflow:auto;padding:.75rem;border:1px solid;border-radius:.5rem}table{border-collapse:collapse}td,th{border:1px solid;padding:.25rem .5rem}`;
