import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { LibraryOpenDocument, LibraryPassage } from "../../../gen/wire";
import { asFault } from "../../../bridge/fault";
import { t } from "../../../strings";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { sentence } from "../state/app";

/** Reader shows a document, at the passage that was asked for. */
export function Reader() {
  const app = useApp();
  const open = app.library.open.value;
  if (!open) return null;
  return <Pages key={open.passage ?? open.document} document={open.document} passage={open.passage} />;
}

function Pages({ document, passage }: { document: string; passage: string | undefined }) {
  const app = useApp();
  const got = useSignal<LibraryOpenDocument | undefined>(undefined);
  const wrong = useSignal("");
  useEffect(() => {
    app.client.call("knowledge.open", { id: document }).then((d) => (got.value = d), (error: unknown) => (wrong.value = sentence(asFault(error))));
  }, []);
  const close = () => (app.library.open.value = undefined);
  return (
    <Dialog title={got.value?.document.title ?? t.knowledge.opening} onClose={close}>
      {wrong.value && <p class="aside" role="alert">{wrong.value}</p>}
      <div class="reader" tabIndex={0} aria-label={t.knowledge.text}>
        {(got.value?.passages ?? []).map((p, i, all) => <Part key={p.id} passage={p} place={p.place !== all[i - 1]?.place} asked={p.id === passage} />)}
      </div>
      <div class="actions end"><Button onClick={close}>{t.app.close}</Button></div>
    </Dialog>
  );
}

function Part({ passage, place, asked }: { passage: LibraryPassage; place: boolean; asked: boolean }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (asked) ref.current?.scrollIntoView({ block: "start" });
  }, [asked]);
  const Tag = asked ? "mark" : "div";
  return (
    <div ref={ref} class={`part ${asked ? "asked" : ""}`} aria-current={asked || undefined}>
      {place && passage.place && <p class="aside">{passage.place}</p>}
      <Tag>{asked ? passage.text : fresh(passage)}</Tag>
    </div>
  );
}

// What the passage before did not end with. The count is in bytes of UTF-8.
function fresh(p: LibraryPassage): string {
  if (!p.again) return p.text;
  return new TextDecoder().decode(new TextEncoder().encode(p.text).subarray(p.again));
}
