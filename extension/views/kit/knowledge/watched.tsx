import type { LibraryFolder } from "../../../gen/wire";
import { t } from "../../../strings";
import { sentence } from "../state/app";
import { useApp } from "../ui/context";

/** Watched shows the folders that kai follows, with what is wrong with them. They are named on kai's computer alone. */
export function Watched() {
  const folders = useApp().library.folders.value;
  if (!folders) return null;
  return (
    <section class="section" aria-label={t.knowledge.watched}>
      <h2>{t.knowledge.watched}</h2>
      <ul class="documents">{folders.map((f) => <Folder key={f.path} folder={f} />)}</ul>
      <p class="aside">{t.knowledge.watchHint} <code>{t.knowledge.watchCommand}</code></p>
    </section>
  );
}

function Folder({ folder: f }: { folder: LibraryFolder }) {
  const left = f.left ?? [];
  const more = f.more ?? 0;
  return (
    <li class="document outcome">
      <b class="document-name clip" title={f.path}>{f.path}</b>
      <p class="document-state">{t.knowledge.inFolder(f.documents, f.collection)} {f.reading && t.knowledge.folderReading}</p>
      {f.fault && <p class="document-state bad" role="alert">{sentence(f.fault)}</p>}
      {left.length > 0 && (
        <details class="document-state">
          <summary>{t.knowledge.leftOut(left.length + more)}</summary>
          <ul>{left.map((l) => <li key={l.path}><b>{l.path}</b>: {l.why}</li>)}</ul>
          {more > 0 && <p class="aside">{t.knowledge.andMore(more)}</p>}
        </details>
      )}
    </li>
  );
}
