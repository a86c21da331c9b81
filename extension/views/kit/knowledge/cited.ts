import type { Message, ToolUse } from "../../../gen/wire";

/** Source is a passage that an answer may cite, with the number that the model was given for it. */
export interface Source {
  n: number;
  passage: string;
  title: string;
  text: string;
}

/**
 * sourcesOf are the passages that went along with a question, in order, and those that a search of the documents gave while it was
 * answered. They are counted as shared/assistant/tools_own.go counts them, and never read from a text: a document may hold any text.
 */
export function sourcesOf(question: Message | undefined, uses: ToolUse[]): Source[] {
  const given = (question?.attachments ?? []).filter((a) => a.type === "passage").map((a) => ({ passage: a.url, title: a.title, text: a.text }));
  const found = uses.flatMap((use) => use.passages ?? []).map(foundOf);
  return [...given, ...found].map((source, i) => ({ n: i + 1, ...source }));
}

// A passage as tool.Use has it: its id, a blank, the title in one line, and how it begins.
function foundOf(found: string): { passage: string; title: string; text: string } {
  const [, passage = "", title = "", text = ""] = /^(\S*) (.*)\n?([^]*)$/.exec(found) ?? [];
  return { passage, title, text };
}

/** openAt is where a source is read: its document, at the passage. */
export function openAt(s: Source): { document: string; passage: string } {
  return { document: s.passage.split(".")[0]!, passage: s.passage };
}
