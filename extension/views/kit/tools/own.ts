import type { ToolDefinition } from "../../../gen/wire";

/** own are the tools that kAI brings: what models are told of them. What they do is in shared/assistant/tools_own.go. */
export const own: ToolDefinition[] = [
  {
    name: "current_time", description: "The date, time and time zone of the person's computer, now.",
    parameters: { type: "object", properties: {} },
  },
  {
    name: "search_conversations", description: "Search the person's earlier conversations for messages that hold all of the words, newest first.",
    parameters: { type: "object", properties: { words: { type: "string", description: "one or a few words" } }, required: ["words"] },
  },
  {
    name: "search_knowledge",
    description: "Search the documents that the person keeps, by words and by meaning. Each passage has a number: write it after what you take from it, like [1].",
    parameters: { type: "object", properties: { words: { type: "string", description: "what to look for, as a question or in words" } }, required: ["words"] },
  },
  {
    name: "calculate",
    description: "Work out an arithmetic expression, to 15 digits. Knows + - * / % ^ ( ) pi e sqrt abs round floor ceil.",
    parameters: { type: "object", properties: { expression: { type: "string", description: "for example (3 + 4) * 2^10" } }, required: ["expression"] },
  },
];

/** browserSource is whose the tools of the browser itself are, and guestSource whose those of guests that are installed in it. */
export const browserSource = "browser";
export const guestSource = "browser guest";

/** pageTool reads the page that the person looks at. An extension alone can. What it does is in browser_tools.ts. */
export const pageTool: ToolDefinition = {
  name: "read_page", source: browserSource,
  description: "Read the web page that the person looks at now in the browser, or what is selected on it: its title, address and text.",
  parameters: { type: "object", properties: {} },
};
