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
];
