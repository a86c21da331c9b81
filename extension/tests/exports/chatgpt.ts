// A hand-made conversations.json in the shape that open readers of ChatGPT's export have it (mitkury/chatgpt-export-parser,
// ztjhz/BetterChatGPT).
const message = (id: string, role: string, content: object, more: object = {}) => ({
  id, author: { role, name: null, metadata: {} }, create_time: null, update_time: null, content, status: "finished_successfully", end_turn: true, weight: 1,
  metadata: {}, recipient: "all", ...more,
});
const words = (...parts: unknown[]) => ({ content_type: "text", parts });
const node = (id: string, parent: string | null, children: string[], m: object | null) => ({ id, message: m, parent, children });

/** bakery has a question that was worded anew, a thought, and a tool in the middle of an answer. */
export const bakery = {
  title: "Sourdough", create_time: 1700000000.5, update_time: 1700000600.25, conversation_id: "c-bakery", id: "c-bakery", is_archived: false, current_node: "a2",
  moderation_results: [], plugin_ids: null, conversation_template_id: null, gizmo_id: null, safe_urls: [],
  mapping: {
    root: node("root", null, ["sys"], null),
    sys: node("sys", "root", ["q1", "q2"], message("sys", "system", words(""), { metadata: { is_visually_hidden_from_conversation: true } })),
    q1: node("q1", "sys", ["a1"], message("q1", "user", words("How long does sourdough rise?"), { create_time: 1700000001 })),
    a1: node("a1", "q1", [], message("a1", "assistant", words("About twelve hours."), { create_time: 1700000002, metadata: { model_slug: "gpt-4" } })),
    q2: node("q2", "sys", ["t2"], message("q2", "user", { content_type: "multimodal_text", parts: [{ content_type: "image_asset_pointer", asset_pointer: "file-service://file-1" }, "How long does this one rise?"] }, { create_time: 1700000500 })),
    t2: node("t2", "q2", ["b2"], message("t2", "assistant", { content_type: "thoughts", thoughts: [{ summary: "Looking", content: "It is warm." }] }, { create_time: 1700000501 })),
    b2: node("b2", "t2", ["c2"], message("b2", "assistant", words("Let me see."), { create_time: 1700000502, metadata: { model_slug: "o3" } })),
    c2: node("c2", "b2", ["d2"], message("c2", "assistant", { content_type: "code", language: "unknown", text: "search()" }, { recipient: "browser" })),
    d2: node("d2", "c2", ["a2"], message("d2", "tool", words("found"))),
    a2: node("a2", "d2", [], message("a2", "assistant", words("Four hours.\uE200cite\uE202turn0search1\uE201"), { create_time: 1700000600, metadata: { model_slug: "o3" } })),
  },
};

/** trip is as plain as they come, and put away. */
export const trip = {
  title: "Trip to Lyon", create_time: 1710000000, update_time: 1710000100, id: "c-trip", is_archived: true, current_node: "m2",
  mapping: {
    m0: node("m0", null, ["m1"], null),
    m1: node("m1", "m0", ["m2"], message("m1", "user", words("What to see in Lyon?"), { create_time: 1710000050 })),
    m2: node("m2", "m1", [], message("m2", "assistant", words("Vieux Lyon."), { create_time: 1710000040 })), // its clock went back
  },
};

/** gallery has pictures: one that was sent, one that a tool made, and files that are no pictures or not there. */
export const gallery = {
  title: "Blue bread", create_time: 1720000000, update_time: 1720000100, id: "c-gallery", is_archived: false, current_node: "g3",
  mapping: {
    g0: node("g0", null, ["g1"], null),
    g1: node("g1", "g0", ["g2"], message("g1", "user", { content_type: "multimodal_text", parts: [
      { content_type: "image_asset_pointer", asset_pointer: "file-service://file-1" }, { content_type: "image_asset_pointer", asset_pointer: "sediment://file_4" },
      { content_type: "image_asset_pointer", asset_pointer: "file-service://file-5" }, "Paint this bread in blue.",
    ] }, {
      create_time: 1720000001,
      metadata: { attachments: [{ id: "file-1", name: "bread.png", mime_type: "image/png" }, { id: "file-3", name: "notes.md", mime_type: "text/markdown" }, { id: "file-8", name: "gone.pdf", mime_type: "application/pdf" }] },
    })),
    g2: node("g2", "g1", ["g3"], message("g2", "tool", { content_type: "multimodal_text", parts: [{ content_type: "image_asset_pointer", asset_pointer: "file-service://file-2" }] }, { create_time: 1720000050 })),
    g3: node("g3", "g2", [], message("g3", "assistant", words("Here it is."), { create_time: 1720000100 })),
  },
};
