import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { t } from "../../strings";
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
    return <><p role="status">{t.debug.checking(at.value)}</p><Button tone="quiet" onClick={() => going.current?.abort()}>{t.debug.stop}</Button></>;
  }
  return (
    <>
      <Button onClick={() => void go()}>{t.debug.check}</Button>
      {outcome.value && <Result outcome={outcome.value} />}
    </>
  );
}

function Result({ outcome }: { outcome: Outcome }) {
  const { findings, records } = outcome;
  if (findings.length === 0) return <p role="status">{t.debug.sound(records)}</p>;
  return (
    <div role="alert" class="debug-findings">
      <p>{t.debug.unsound(findings.length)}</p>
      <ul>{findings.map((f) => <li key={`${f.store} ${f.key} ${f.what}`}>{f.store} <code>{f.key}</code>: {t.debug.troubles[f.what]} ({f.detail})</li>)}</ul>
    </div>
  );
}
