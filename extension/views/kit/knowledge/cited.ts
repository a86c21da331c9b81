import type { Message, ToolUse } from "../../../gen/wire";

/** Source is a passage that an answer may cite, with the number that the model was given for it. */
export interface Source {
  n: number;
  passage: string;
  title: string;
  text: string;
}

const found = /^\[(\d+)\] (.*)\nPassage: ([\w-]+\.\d{5})\n/gm; // as shared/assistant/tools_own.go writes it

/** sourcesOf are the passages that went along with a question, in order, and those that a search of the documents gave while it was answered. */
export function sourcesOf(question: Message | undefined, uses: ToolUse[]): Source[] {
  const given = (question?.attachments ?? []).filter((a) => a.type === "passage");
  const out = given.map((a, i) => ({ n: i + 1, passage: a.url, title: a.title, text: a.text }));
  for (const use of uses) {
    if (use.name !== "search_knowledge" || use.state !== "done") continue;
    for (const [head, n, title, passage] of (use.result ?? "").matchAll(found)) {
      const text = use.result!.slice(use.result!.indexOf(head) + head.length).split("\n\n[")[0]!.trim();
      out.push({ n: Number(n), passage: passage!, title: title!.trim(), text });
    }
  }
  return out;
}

/** openAt is where a source is read: its document, at the passage. */
export function openAt(s: Source): { document: string; passage: string } {
  return { document: s.passage.split(".")[0]!, passage: s.passage };
}
