import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asFault } from "../../../bridge/fault";
import type { Conversation, ServiceProgress } from "../../../gen/wire";
import { t } from "../../../strings";
import { tune } from "../state/actions";
import { sentence } from "../state/app";
import { Notice } from "../ui/banner";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";

/** Summary is the dialog about what stands for the older messages of the open conversation, while it is looked at. */
export function Summary() {
  const app = useApp();
  const conversation = app.current.value;
  if (!app.summing.value || !conversation) return null;
  return <SummaryDialog key={conversation.id} conversation={conversation} onClose={() => (app.summing.value = false)} />;
}

// The model sums up once the person agrees, and the words are theirs to change.
function SummaryDialog({ conversation: c, onClose }: { conversation: Conversation; onClose: () => void }) {
  const app = useApp();
  const text = useSignal(c.summary?.text ?? "");
  const progress = useSignal<ServiceProgress | undefined>(undefined);
  const wrong = useSignal("");
  const stop = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const write = async () => {
    stop.current = new AbortController();
    wrong.value = "";
    progress.value = { status: "" };
    try {
      const next = await app.client.stream("conversation.summarise", { id: c.id }, (p) => (progress.value = p), { signal: stop.current.signal });
      app.put(next);
      text.value = next.summary?.text ?? "";
    } catch (error) {
      const reason = asFault(error);
      if (reason.code !== "canceled") wrong.value = sentence(reason);
    } finally {
      progress.value = undefined;
    }
  };
  const keep = async (words: string) => {
    const upto = app.current.peek()?.summary?.upto ?? "";
    if (await tune(app, c.id, { summary: { text: words, upto } })) onClose();
  };
  const has = Boolean(app.current.value?.summary);
  return (
    <Dialog title={t.summary.title} onClose={onClose}>
      <p class="aside">{t.summary.lead}</p>
      {wrong.value && <Notice tone="bad">{wrong.value}</Notice>}
      {progress.value && <Writing progress={progress.value} onCancel={() => stop.current?.abort()} />}
      {has && !progress.value && (
        <Field label={t.summary.text}>
          {(control) => <textarea rows={8} {...control} value={text.value} onInput={(e) => (text.value = e.currentTarget.value)} />}
        </Field>
      )}
      {!progress.value && (
        <div class="actions end">
          {has && <Button tone="quiet" class="push" onClick={() => void keep("")}>{t.summary.forget}</Button>}
          <Button tone="quiet" onClick={onClose}>{t.app.cancel}</Button>
          <Button tone={has ? "plain" : "primary"} onClick={() => void write()}>{has ? t.summary.again : t.summary.write}</Button>
          {has && <Button tone="primary" disabled={!text.value.trim()} onClick={() => void keep(text.peek())}>{t.app.save}</Button>}
        </div>
      )}
    </Dialog>
  );
}

function Writing({ progress, onCancel }: { progress: ServiceProgress; onCancel: () => void }) {
  const { completed = 0, total = 0 } = progress;
  return (
    <div class="meter" role="group" aria-label={t.summary.writing}>
      <progress aria-label={t.summary.writing} max={total || undefined} value={total ? completed : undefined} />
      <div class="meter-foot">
        <p class="aside" role="status">{total ? t.summary.read(completed, total) : t.summary.writing}</p>
        <Button tone="quiet" class="small" onClick={onCancel}>{t.app.cancel}</Button>
      </div>
    </div>
  );
}
