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
        q: message("q", null, ["x", "y"], "user", "When do I sow beans?", 1720000001, { files: [{ type: "image", url: "data:image/png;base64,AA==" }] }),
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
