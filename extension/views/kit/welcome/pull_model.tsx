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

/** PullModel downloads a model onto a service, showing how far it is. Leaving ends the watching, not the download: who comes back sees it again. */
export function PullModel({ target }: { target: Target }) {
  const app = useApp();
  const model = useSignal(smallModel);
  const progress = useSignal<ServiceProgress | undefined>(undefined);
  const wrong = useSignal("");
  const leave = useRef(new AbortController());
  const here = useRef(target.id);
  useEffect(() => {
    void found();
    return () => leave.current.abort();
  }, []);
  const found = async () => {
    const { pulls } = await app.client.call("model.pulls", {}).catch(() => ({ pulls: [] }));
    const going = pulls.find((p) => p.service === here.current);
    if (!going || progress.peek()) return;
    model.value = going.model;
    if (going.wrong) wrong.value = going.wrong;
    else await pull();
  };
  const cancel = () => app.attempt(app.client.call("model.cancel", { service: here.current ?? "", model: model.peek().trim() }));
  const pull = async () => {
    const name = model.peek().trim();
    wrong.value = "";
    progress.value = { status: "" };
    try {
      const service = here.current = await target.keep();
      await app.client.stream("model.pull", { service, model: name }, (p) => (progress.value = p), { signal: leave.current.signal });
      app.notices.show(t.service.pulled(name));
      await target.again();
    } catch (error) {
      const reason = asFault(error);
      if (reason.code !== "canceled") wrong.value = sentence(reason);
    } finally {
      progress.value = undefined;
    }
  };
  if (progress.value) return <Meter model={model.value} progress={progress.value} onCancel={() => void cancel()} />;
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
      <p class="aside">{t.service.pullGoesOn}</p>
    </div>
  );
}
