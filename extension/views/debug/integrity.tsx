import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { debug as t } from "../../strings/debug";
import { Button } from "../kit/ui/button";
import { check, type Outcome } from "./check";

/** Integrity looks through the whole database and says what is wrong with it. */
export function Integrity({ db }: { db: IDBDatabase }) {
  const at = useSignal<number | undefined>(undefined);
  const outcome = useSignal<Outcome | undefined>(undefined);
  const going = useRef<AbortController | undefined>(undefined);
  const go = async () => {
    const mine = (going.current = new AbortController());
    outcome.value = undefined;
    at.value = 0;
    const found = await check(db, (n) => (at.value = n), mine.signal);
    at.value = undefined;
    if (!mine.signal.aborted) outcome.value = found;
  };
  if (at.value !== undefined) {
    return <><p role="status">{t.checking(at.value)}</p><Button tone="quiet" onClick={() => going.current?.abort()}>{t.stop}</Button></>;
  }
  return (
    <>
      <Button onClick={() => void go()}>{t.check}</Button>
      {outcome.value && <Result outcome={outcome.value} />}
    </>
  );
}

function Result({ outcome }: { outcome: Outcome }) {
  const { findings, records } = outcome;
  if (findings.length === 0) return <p role="status">{t.sound(records)}</p>;
  return (
    <div role="alert" class="debug-findings">
      <p>{t.unsound(findings.length)}</p>
      <ul>{findings.map((f) => <li key={`${f.store} ${f.key} ${f.what}`}>{f.store} <code>{f.key}</code>: {t.troubles[f.what]} ({f.detail})</li>)}</ul>
    </div>
  );
}
