import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asFault } from "../../../bridge/fault";
import type { ServiceProgress } from "../../../gen/wire";
import { t } from "../../../strings";
import { sentence } from "../state/app";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Field } from "../ui/field";
import type { Target } from "./state";

const smallModel = "gemma3:270m";
const goodModels = [smallModel, "qwen3:1.7b", "gemma3:4b", "llama3.2"];

/** PullModel downloads a model onto a service, showing how far it is. Leaving ends the watching, not the download. */
export function PullModel({ target }: { target: Target }) {
  const app = useApp();
  const model = useSignal(smallModel);
  const progress = useSignal<ServiceProgress | undefined>(undefined);
  const wrong = useSignal("");
  const stop = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const pull = async () => {
    const name = model.peek().trim();
    stop.current = new AbortController();
    wrong.value = "";
    progress.value = { status: "" };
    try {
      const service = await target.keep();
      await app.client.stream("model.pull", { service, model: name }, (p) => (progress.value = p), { signal: stop.current.signal });
      app.notices.show(t.service.pulled(name));
      await target.again();
    } catch (error) {
      const reason = asFault(error);
      if (reason.code !== "canceled") wrong.value = sentence(reason);
    } finally {
      progress.value = undefined;
    }
  };
  if (progress.value) return <Meter model={model.value} progress={progress.value} onCancel={() => stop.current?.abort()} />;
  return (
    <form class="pull" onSubmit={(e) => { e.preventDefault(); void pull(); }}>
      <Field label={t.service.pullName} hint={t.service.pullHint} wrong={wrong.value || undefined}>
        {(control) => (
          <div class="with-button">
            <input type="text" list="good-models" autocomplete="off" spellcheck={false} {...control} value={model.value} onInput={(e) => (model.value = e.currentTarget.value)} />
            <Button type="submit" tone="primary" disabled={!model.value.trim()}>{t.service.pullStart}</Button>
          </div>
        )}
      </Field>
      <datalist id="good-models">{goodModels.map((m) => <option key={m} value={m} />)}</datalist>
    </form>
  );
}

function Meter({ model, progress, onCancel }: { model: string; progress: ServiceProgress; onCancel: () => void }) {
  const { completed = 0, total = 0, status } = progress;
  return (
    <div class="meter" role="group" aria-label={t.service.pulling(model)}>
      <p>{t.service.pulling(model)}</p>
      <progress aria-label={t.service.pulling(model)} max={total || undefined} value={total ? completed : undefined} />
      <div class="meter-foot">
        <p class="aside">{total ? t.service.pullOf(completed, total) : status}</p>
        <Button tone="quiet" class="small" onClick={onCancel}>{t.app.cancel}</Button>
      </div>
    </div>
  );
}
