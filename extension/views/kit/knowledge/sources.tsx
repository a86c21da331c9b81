import { t } from "../../../strings";
import { useApp } from "../ui/context";
import { openAt, type Source } from "./cited";

/** Sources lists the passages that an answer cites; each opens at its place. */
export function Sources({ text, sources }: { text: string; sources: Source[] }) {
  const app = useApp();
  const cited = sources.filter(({ n }) => text.includes(`[${n}]`));
  const shown = cited.length > 0 ? cited : sources;
  if (shown.length === 0) return null;
  return (
    <nav class="sources" aria-label={cited.length > 0 ? t.knowledge.cited : t.knowledge.given}>
      <span class="aside">{cited.length > 0 ? t.knowledge.cited : t.knowledge.given}</span>
      {shown.map((s) => (
        <button key={s.n} type="button" class="source" title={s.text.slice(0, 300)} onClick={() => (app.library.open.value = openAt(s))}>
          <b>{`[${s.n}]`}</b> <span class="clip">{s.title}</span>
        </button>
      ))}
    </nav>
  );
}
