import { red } from "./pictures";

/** A hand-made page-assist.json in the shape that n4ze3m/page-assist writes (src/libs/export-import.ts, src/db/dexie/types.ts). */
export const secret = "sk-page-assist-secret";

export const pageAssistExport = {
  knowledge: [{ id: "k1", db_type: "knowledge", title: "Recipes", status: "finished", embedding_model: "nomic", source: [{ source_id: "s", type: "text/plain", filename: "leek.txt", content: `data:text/plain;base64,${btoa("Leeks, potatoes, cream.")}` }, { source_id: "t", type: "application/pdf", filename: "gone.pdf", content: "" }], knownledge: {}, createdAt: 1715000000000 }],
  chat: [{
    history: { id: "pa_1", title: "Soup", is_rag: false, message_source: "web-ui", is_pinned: true, createdAt: 1715000000000, model_id: "gemma3", last_used_prompt: { prompt_id: "p", prompt_content: "You cook." } },
    messages: [
      { id: "m2", history_id: "pa_1", name: "gemma3", role: "assistant", content: "<think>Leek?</think>\n\nLeek soup.", images: [], sources: [], createdAt: 1715000002000, modelName: "Gemma" },
      { id: "m1", history_id: "pa_1", name: "You", role: "user", content: "Which soup?", images: [`data:image/jpeg;base64,${red}`, "data:image/jpeg;base64,AA==", ""], sources: [], createdAt: 1715000001000 },
    ],
  }],
  vector: [{ id: "v", vectors: [{ file_id: "f", content: "x", embedding: [0.1], metadata: {} }] }],
  prompts: [
    { id: "p1", title: "Shorten", content: "Shorten this: {{text}}", is_system: false, createdAt: 1715000000000 },
    { id: "p2", title: "Cook", content: "You cook.", is_system: true, createdAt: 1715000000000 },
  ],
  oaiConfigs: [{ id: "o", name: "OpenRouter", baseUrl: "https://openrouter.ai/api/v1", apiKey: secret, createdAt: 1, provider: "openrouter", db_type: "openai", headers: [{ key: "X-Title", value: "x" }] }, { id: "o2", name: "Box", baseUrl: "http://box.lan:11434/v1", provider: "ollama2", db_type: "openai" }, { id: "o3", name: "Nowhere", baseUrl: "nowhere", db_type: "openai" }],
  nicknames: [], models: [], storageLocal: { theme: "dark", ollamaURL: '"http://127.0.0.1:11434"' }, storageSync: {},
};
