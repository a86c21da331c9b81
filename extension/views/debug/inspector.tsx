import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listenToChannel } from "../../bridge/news";
import { debug as t } from "../../strings/debug";
import { bytes, number } from "../../strings/format";
import { Button } from "../kit/ui/button";
import { save } from "../kit/ui/save";
import { Changes, type Seen } from "./changes";
import { factsOf, masked, pieces, rowsOf, storesOf, type StoreFacts } from "./database";
import { Integrity } from "./integrity";
import { Records } from "./records";
import type { DebugSession } from "./session";

const mostChanges = 50;

/** Inspector shows the database as it lies: its stores, their records, what changes now, and whether all is as it must be. */
export function Inspector({ db, session }: { db: IDBDatabase | undefined; session: DebugSession }) {
  const facts = useSignal<StoreFacts[] | undefined>(undefined);
  const open = useSignal<string | undefined>(undefined);
  const changes = useSignal<Seen[]>([]);
  const count = async () => {
    if (!db) return;
    const all = await Promise.all(storesOf(db).map((name) => factsOf(db, name)));
    facts.value = [...all.filter((f) => f.records > 0), ...all.filter((f) => f.records === 0)];
  };
  useEffect(() => {
    void count();
    let rest: ReturnType<typeof setTimeout> | undefined;
    const leave = listenToChannel((news) => {
      const seen = (news.data.changes ?? []).map((c) => ({ time: news.timestamp, kind: c.kind, id: c.id, version: c.version, deleted: c.deleted ?? false }));
      changes.value = [...seen.reverse(), ...changes.value].slice(0, mostChanges);
      clearTimeout(rest);
      rest = setTimeout(() => void count(), 500);
    });
    return () => { leave(); clearTimeout(rest); };
  }, [db]);
  if (!db) return <p class="aside debug-empty">{t.noDatabase}</p>;
  if (!facts.value) return <p class="looking">{t.counting}</p>;
  return (
    <section class="debug-tool" aria-label={t.tools.database}>
      <Stores facts={facts.value} open={open.value} onOpen={(name) => (open.value = open.value === name ? undefined : name)} />
      <div class="actions">
        <Integrity db={db} />
        <ExportAll db={db} session={session} />
      </div>
      {open.value && <Records key={open.value} db={db} store={open.value} changed={changes.value.length} />}
      <Changes seen={changes.value} />
    </section>
  );
}

function Stores({ facts, open, onOpen }: { facts: StoreFacts[]; open: string | undefined; onOpen: (name: string) => void }) {
  return (
    <div class="debug-scroll" tabIndex={0} role="region" aria-label={t.stores}>
      <table class="debug-table">
        <thead>
          <tr>{t.storeHeads.map((head) => <th key={head} scope="col">{head}</th>)}</tr>
        </thead>
        <tbody>
          {facts.map((f) => (
            <tr key={f.name} class={f.name === open ? "open" : ""}>
              <th scope="row"><button type="button" class="plain-link" aria-expanded={f.name === open} onClick={() => onOpen(f.name)}>{f.name}</button></th>
              <td>{number(f.records - f.deleted)}</td>
              <td>{number(f.deleted)}</td>
              <td>{number(f.leaves)}</td>
              <td>{bytes(f.bytes)}</td>
              <td>{f.indexes.map((i) => `${i.name} ${number(i.entries)}`).join(" · ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// Writes everything as lines of JSON, keys masked.
function ExportAll({ db, session }: { db: IDBDatabase; session: DebugSession }) {
  const busy = useSignal(false);
  const go = async () => {
    busy.value = true;
    const parts = [`${JSON.stringify({ session, database: db.name, version: db.version })}\n`];
    for (const store of storesOf(db)) {
      for await (const piece of pieces(db, store)) {
        for (const row of rowsOf(piece.leaf)) parts.push(`${JSON.stringify({ store, ...row, body: masked(row.body) })}\n`);
      }
    }
    save(new Blob(parts, { type: "application/jsonl" }), `kai-database-${session.startTime.slice(0, 10)}.jsonl`);
    busy.value = false;
  };
  return <Button disabled={busy.value} onClick={() => void go()}>{t.exportAll}</Button>;
}
