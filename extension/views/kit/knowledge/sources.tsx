import type { Attachment, Message } from "../../../gen/wire";
import { t } from "../../../strings";
import { useApp } from "../ui/context";

/** passagesOf are the passages that went along with a question, in the order of their numbers. */
export function passagesOf(question: Message | undefined): Attachment[] {
  return (question?.attachments ?? []).filter((a) => a.type === "passage");
}

/** Sources lists the passages that an answer cites; each opens at its place. */
export function Sources({ text, passages }: { text: string; passages: Attachment[] }) {
  const app = useApp();
  const cited = passages.map((p, i) => ({ p, n: i + 1 })).filter(({ n }) => text.includes(`[${n}]`));
  const shown = cited.length > 0 ? cited : passages.map((p, i) => ({ p, n: i + 1 }));
  if (shown.length === 0) return null;
  return (
    <nav class="sources" aria-label={cited.length > 0 ? t.knowledge.cited : t.knowledge.given}>
      <span class="aside">{cited.length > 0 ? t.knowledge.cited : t.knowledge.given}</span>
      {shown.map(({ p, n }) => (
        <button key={n} type="button" class="source" title={p.text.slice(0, 300)} onClick={() => (app.library.open.value = { document: p.url.split(".")[0]!, passage: p.url })}>
          <b>{`[${n}]`}</b> <span class="clip">{p.title}</span>
        </button>
      ))}
    </nav>
  );
}
