import { debug as t } from "../../strings/debug";

/** Seen is a change that was told on kai-sync while this page was open. */
export interface Seen { time: number; kind: string; id: string; version: string; deleted: boolean }

/** Changes lists what changed, newest first. */
export function Changes({ seen }: { seen: Seen[] }) {
  return (
    <>
      <h2>{t.changes}</h2>
      {seen.length === 0 && <p class="aside">{t.noChanges}</p>}
      <ol class="debug-changes" role="list">
        {seen.map((c) => (
          <li key={`${c.kind} ${c.id} ${c.version}`}>
            <time>{new Date(c.time).toISOString().slice(11, 23)}</time> {c.kind} <code>{c.id}</code> {c.deleted && <span class="badge warn">{t.deleted}</span>}
          </li>
        ))}
      </ol>
    </>
  );
}
