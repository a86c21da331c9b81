import { red } from "./pictures";

// A hand-made chat-export.json in the shape of open-webui's own types, as n4ze3m/page-assist (src/libs/openwebui-import.ts) has it.
const message = (id: string, parentId: string | null, childrenIds: string[], role: string, content: string, timestamp: number, more: object = {}) =>
  ({ id, parentId, childrenIds, role, content, timestamp, done: true, ...more });

/** garden has a question answered twice, once with what the model thought. */
export const garden = {
  id: "w-garden", user_id: "u", title: "Garden", updated_at: 1720000200, created_at: 1720000000, share_id: null, archived: false, pinned: true, meta: { tags: [] }, folder_id: null,
  chat: {
    id: "", title: "Garden", models: ["llama3.2:latest"], params: { system: "Be brief." }, tags: [], timestamp: 1720000000000, files: [],
    history: {
      currentId: "y",
      messages: {
        q: message("q", null, ["x", "y"], "user", "When do I sow beans?", 1720000001, { files: [{ type: "image", url: `data:image/png;base64,${red}` }, { type: "file", name: "plan.txt", file: { filename: "plan.txt", data: { content: "Beans in the south bed." } } }, { type: "image", url: "/api/v1/files/7/content" }, { type: "file", id: "8" }] }),
        x: message("x", "q", [], "assistant", "In May.", 1720000002, { model: "llama3.2:latest", modelName: "Llama" }),
        y: message("y", "q", [], "assistant", '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds</summary>\n&gt; Frost &amp; snow.\n</details>\nAfter the last frost.', 1720000100, { model: "qwen3" }),
      },
    },
    messages: [],
  },
};

/** early is of a version that kept a list. */
export const early = {
  id: "w-early", title: "", created_at: 1710000000, updated_at: 1710000001, archived: true,
  chat: { title: "", models: ["m"], messages: [{ id: "1", role: "system", content: "Rhyme." }, { id: "2", role: "user", content: "Hi there" }, { id: "3", role: "assistant", content: "Hello, fellow" }] },
};

export const webUISecret = "sk-open-webui-secret";

/** prompts is a prompts-export.json. */
export const prompts = [{ command: "/short", user_id: "u", title: "Shorten", content: "Shorten: {{CLIPBOARD}}", timestamp: 1720000000 }];

/** models is a models-export.json: one with instructions, one without. */
export const models = [
  { id: "cook", base_model_id: "llama3.2:latest", name: "Cook", params: { system: "You cook." }, meta: { description: "Knows soups" }, created_at: 1720000000 },
  { id: "plain", base_model_id: "llama3.2:latest", name: "Plain", params: {}, meta: {} },
];

/** config is a config.json, as versions before 0.10 write it; dotted as later ones do. Its services are the same. */
export const config = {
  version: 0, ui: { enable_signup: true },
  ollama: { enable: true, base_urls: ["http://localhost:11434", "http://nas.lan:11434/"], api_configs: { 1: { enable: true, key: webUISecret } } },
  openai: { enable: true, api_base_urls: ["https://api.openai.com/v1", "https://openrouter.ai/api/v1"], api_keys: ["", webUISecret], api_configs: {} },
  image_generation: { engine: "comfyui", comfyui: { base_url: "http://localhost:8188", api_key: "" }, automatic1111: { base_url: "", api_auth: "" } },
};
export const dotted = {
  "ollama.enable": true, "ollama.base_urls": config.ollama.base_urls, "ollama.api_configs": config.ollama.api_configs,
  "openai.api_base_urls": config.openai.api_base_urls, "openai.api_keys": config.openai.api_keys, "image_generation.comfyui.base_url": "http://localhost:8188",
};
