import { t } from "../../../strings";
import { Notice } from "../ui/banner";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { removeDocuments } from "./actions";
import type { Outcome } from "./add";

const named = 200; // of what was left out, at most

/** FolderOutcome says what came of a folder: what was left out and why, and which documents it has no more. */
export function FolderOutcome() {
  const { library } = useApp();
  const outcome = library.outcome.value;
  if (!outcome) return null;
  const { name, added, same, failed, left, gone } = outcome;
  return (
    <div class="outcome">
      <p role="status">{t.knowledge.folderDone(name, added, same)} {failed > 0 && t.knowledge.someFailed(failed)}</p>
      {left.length > 0 && (
        <details>
          <summary>{t.knowledge.leftOut(left.length)}</summary>
          <ul>{left.slice(0, named).map((l) => <li key={l.path}><b>{l.path}</b>: {l.why}</li>)}</ul>
          {left.length > named && <p class="aside">{t.knowledge.andMore(left.length - named)}</p>}
        </details>
      )}
      {gone.length > 0 && <Gone outcome={outcome} />}
    </div>
  );
}

function Gone({ outcome }: { outcome: Outcome }) {
  const app = useApp();
  const { name, gone } = outcome;
  const settle = () => (app.library.outcome.value = { ...outcome, gone: [] });
  const remove = () => {
    settle();
    void removeDocuments(app, gone, gone.length === 1 ? gone[0]!.title : name);
  };
  return (
    <Notice tone="info" action={<span class="actions"><Button class="small" onClick={remove}>{t.knowledge.removeGone}</Button><Button class="small" tone="quiet" onClick={settle}>{t.knowledge.keepGone}</Button></span>}>
      {t.knowledge.gone(gone.length, name)} {gone.slice(0, 5).map((d) => d.title).join(", ")}{gone.length > 5 && ` ${t.knowledge.andMore(gone.length - 5)}`}
    </Notice>
  );
}
