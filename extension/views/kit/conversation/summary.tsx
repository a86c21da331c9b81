import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Conversation, ServiceProgress } from "../../../gen/wire";
import { t } from "../../../strings";
import { tune } from "../state/actions";
import { Notice } from "../ui/banner";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { saying } from "./summing";

/** Summary is the dialog about what stands for the older messages of the open conversation, while it is looked at. */
export function Summary() {
  const app = useApp();
  const conversation = app.current.value;
  if (!app.summing.shown.value || !conversation) return null;
  return <SummaryDialog key={conversation.id} conversation={conversation} onClose={() => (app.summing.shown.value = false)} />;
}

// The model sums up once the person agrees, and the words are theirs to change.
function SummaryDialog({ conversation: c, onClose }: { conversation: Conversation; onClose: () => void }) {
  const app = useApp();
  const written = c.summary?.text ?? "";
  const text = useSignal(written);
  const wrong = app.summing.wrong.value;
  const progress = app.summing.progress.value;
  useEffect(() => void (text.value = written), [written]);
  const keep = async (words: string) => {
    const upto = app.current.peek()?.summary?.upto ?? "";
    if (await tune(app, c.id, { summary: { text: words, upto } })) onClose();
  };
  const has = Boolean(c.summary);
  return (
    <Dialog title={t.summary.title} onClose={onClose}>
      <p class="aside">{t.summary.lead}</p>
      {wrong && <Notice tone="bad">{wrong}</Notice>}
      {progress && <Writing progress={progress} onCancel={() => void app.summing.cancel()} />}
      {has && !progress && (
        <Field label={t.summary.text}>
          {(control) => <textarea rows={8} {...control} value={text.value} onInput={(e) => (text.value = e.currentTarget.value)} />}
        </Field>
      )}
      {progress && <div class="actions end"><Button tone="quiet" onClick={onClose}>{t.app.close}</Button></div>}
      {!progress && (
        <div class="actions end">
          {has && <Button tone="quiet" class="push" onClick={() => void keep("")}>{t.summary.forget}</Button>}
          <Button tone="quiet" onClick={onClose}>{t.app.cancel}</Button>
          <Button tone={has ? "plain" : "primary"} onClick={() => void app.summing.write()}>{has ? t.summary.again : t.summary.write}</Button>
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
      <progress aria-label={t.summary.writing} max={total || undefined} value={completed || undefined} />
      <div class="meter-foot">
        <p class="aside" role="status">{saying(progress)}</p>
        <Button tone="quiet" class="small" onClick={onCancel}>{t.app.cancel}</Button>
      </div>
      <p class="aside">{t.summary.goesOn}</p>
    </div>
  );
}
