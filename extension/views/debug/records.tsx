import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { debug as t } from "../../strings/debug";
import { bytes } from "../../strings/format";
import { Button } from "../kit/ui/button";
import { masked, rows, type Row } from "./database";

const page = 50;

/** Records shows what is in a store, a page at a time. changed renews what is shown. */
export function Records({ db, store, changed }: { db: IDBDatabase; store: string; changed: number }) {
  const shown = useSignal<Row[]>([]);
  const next = useSignal<string | undefined>(undefined);
  const more = async (after: string | undefined, most: number) => {
    const read = await rows(db, store, after, most);
    shown.value = after === undefined ? read.rows : [...shown.value, ...read.rows];
    next.value = read.next;
  };
  useEffect(() => void more(undefined, Math.max(page, shown.value.length)), [changed]);
  return (
    <>
      <h2>{t.recordsOf(store)}</h2>
      {shown.value.length === 0 && <p class="aside">{t.noRecords}</p>}
      <ul class="debug-records" role="list">
        {shown.value.map((row) => <li key={row.id}><Record row={row} /></li>)}
      </ul>
      {next.value !== undefined && <Button onClick={() => void more(next.value, page)}>{t.more}</Button>}
    </>
  );
}

function Record({ row }: { row: Row }) {
  return (
    <details class="debug-record">
      <summary>
        <code>{row.id}</code> <span class="aside">{Number.isNaN(row.time) ? "" : new Date(row.time).toISOString()} · {bytes(row.bytes)}</span>
        {row.body === undefined && <span class="badge warn">{t.deleted}</span>}
      </summary>
      <dl class="facts">
        <dt>{t.version}</dt><dd><code>{row.version}</code></dd>
        <dt>{t.number}</dt><dd>{row.seq}</dd>
      </dl>
      {row.body !== undefined && <pre tabIndex={0}>{JSON.stringify(masked(row.body), null, 2)}</pre>}
    </details>
  );
}
