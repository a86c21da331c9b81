/** An export of everything, as kAI writes it (shared/assistant/export.go, views/kit/settings/export.ts). */
export const picture = `sha256:${"ab".repeat(32)}`;
const at = "2026-01-02T03:04:05.000Z";

export const kaiExport = {
  format: "kai-export", version: 1,
  conversations: [{ id: "019b-c", title: "Mine", created: at, updated: at, shelf: "f " + at }],
  messages: [
    { id: "019b-1", conversation: "019b-c", role: "user", text: "What is this?", created: at, attachments: [{ type: "image", title: "a.png", url: "", text: "", blob: picture }] },
    { id: "019b-2", conversation: "019b-c", role: "assistant", text: "A stork", created: at, state: "running", run: "r" },
  ],
  services: [{ id: "s", kind: "ollama", name: "Ollama", url: "http://localhost:11434", created: at }],
  folders: [{ id: "f", name: "Birds", created: at }],
  prompts: [{ id: "p", name: "P", template: "x" }],
  personas: [{ id: "q", name: "Q", injections: {}, voice: { tts_profile: "deep" } }],
  documents: [
    { id: "d", collection: "Garden", title: "Beans", source: "garden/beans.md", hash: "7-8" }, { id: "e", collection: "Garden", title: "Peas" }, { id: "g", collection: "Garden", title: "Gone", trashed: at },
  ],
  passages: [
    { id: "d.00000", document: "d", text: "# Beans\n\nSow in May, for frost. Möre" }, { id: "d.00001", document: "d", text: "Möre beans.", again: 5 },
    { id: "d.00002", document: "d", place: "page 2", text: "Harvest." }, { id: "x.00000", document: "x", text: "of nobody" },
  ],
  settings: { theme: "dark" }, pictures: { [picture]: "AAAA" },
};

/** kaiConversation is one conversation, saved as JSON (views/kit/conversation/save.ts). */
export const kaiConversation = {
  format: "kai-conversation", version: 1, conversation: { id: "019c-c", title: "One", created: at, updated: at },
  messages: [{ id: "019c-1", conversation: "019c-c", role: "user", text: "hi", created: at }], pictures: { [picture]: "data:image/png;base64,AAAA" },
};
