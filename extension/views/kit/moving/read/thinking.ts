import { join } from "./item";

const tags = /<(think|thinking|reason|reasoning|thought)>([\s\S]*?)<\/\1>/gi;
// Open WebUI keeps what a model thought, and what tools did, folded into the text.
const folded = /<details\s+type="([a-z_]+)"[^>]*>([\s\S]*?)<\/details>/gi;
const entities: { [name: string]: string } = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#x27;": "'", "&#39;": "'", "&#x2F;": "/", "&nbsp;": " " };

/** apart takes what a model thought out of a text that has it in between, and counts the steps of tools that it leaves out. */
export function apart(whole: string): { text: string; thinking: string; tools: number } {
  let thinking = "", tools = 0;
  const text = whole.replace(tags, (_, __, inner: string) => {
    thinking = join(thinking, inner.trim());
    return "";
  }).replace(folded, (_, type: string, inner: string) => {
    if (type.toLowerCase() !== "reasoning") tools++;
    else thinking = join(thinking, plain(inner));
    return "";
  });
  return { text: thinking || tools ? text.trim() : text, thinking, tools };
}

function plain(inner: string): string {
  const body = inner.replace(/<summary>[\s\S]*?<\/summary>/i, "").replace(/&(?:lt|gt|amp|quot|#x27|#39|#x2F|nbsp);/g, (e) => entities[e]!);
  return body.split("\n").map((line) => line.replace(/^> ?/, "")).join("\n").trim();
}
