import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../../strings";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { Field } from "../ui/field";
import { CloseIcon } from "../ui/icons";
import { blank, recipeFrom, serviceOf, takesOf, type Draft } from "./draft";
import { Workflows } from "./workflows";

const numbers = [
  { name: "width", min: 64, max: 2048, step: 8 },
  { name: "height", min: 64, max: 2048, step: 8 },
  { name: "steps", min: 1, max: 150, step: 1 },
  { name: "guidance", min: 0, max: 30, step: 0.5 },
] as const;

/** Form says what picture is to be made, and has it made. It asks only for what the service or workflow has a place for. */
export function Form() {
  const { gallery } = useApp();
  const d = gallery.draft.value;
  const services = gallery.services.value ?? [];
  const service = serviceOf(d, services);
  const takes = takesOf(d, service);
  const busy = useSignal(false);
  const set = (change: Partial<Draft>) => (gallery.draft.value = { ...gallery.draft.peek(), ...change });
  const prompt = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (gallery.asked.value > 0) prompt.current?.focus(); // a picture's button filled it in
  }, [gallery.asked.value]);
  const make = async (e: Event) => {
    e.preventDefault();
    if (busy.peek() || !d.prompt.trim()) return;
    busy.value = true;
    await gallery.make(recipeFrom(gallery.draft.peek(), gallery.services.peek()));
    busy.value = false;
  };
  const choice = (name: "service" | "workflow" | "model" | "sampler", usual: string | undefined, options: { id: string; name: string }[]) => (
    <Field key={name} label={t.gallery[name]}>{(control) => (
      <select {...control} value={d[name]} onChange={(e) => set({ [name]: e.currentTarget.value })}>
        {usual !== undefined && <option value="">{usual}</option>}
        {options.map((o) => <option key={o.id} value={o.id}>{o.name}</option>)}
      </select>
    )}</Field>
  );
  const named = (names: string[] | undefined) => (names ?? []).map((n) => ({ id: n, name: n }));
  const workflows = service?.workflows ?? [];
  return (
    <>
      <form class="adding" onSubmit={(e) => void make(e)}>
        <Field label={t.gallery.prompt}>{(control) => <textarea {...control} ref={prompt} rows={2} maxLength={8000} value={d.prompt} onInput={(e) => set({ prompt: e.currentTarget.value })} />}</Field>
        {takes.includes("negative") && <Field label={t.gallery.negative}>{(control) => <input {...control} type="text" maxLength={8000} value={d.negative} onInput={(e) => set({ negative: e.currentTarget.value })} />}</Field>}
        {d.from && (takes.includes("from") ? <From draft={d} set={set} changes={takes.includes("change")} /> : <p class="aside">{t.gallery.noFrom}</p>)}
        {(services.length > 1 || workflows.length > 0) && (
          <div class="pairs">
            {services.length > 1 && (
              <Field label={t.gallery.service}>{(control) => (
                <select {...control} value={service?.kind} onChange={(e) => set({ service: e.currentTarget.value, workflow: "", model: "", sampler: "" })}>
                  {services.map((s) => <option key={s.kind} value={s.kind}>{s.name}</option>)}
                </select>
              )}</Field>
            )}
            {workflows.length > 0 && choice("workflow", t.gallery.usualWorkflow, workflows)}
          </div>
        )}
        <details class="more">
          <summary>{t.gallery.settings}</summary>
          <div class="pairs">
            {takes.includes("model") && (service?.models.length ?? 0) > 0 && choice("model", t.gallery.usual, named(service?.models))}
            {takes.includes("sampler") && (service?.samplers.length ?? 0) > 0 && choice("sampler", t.gallery.usual, named(service?.samplers))}
            {numbers.filter((n) => takes.includes(n.name)).map(({ name, ...limits }) => (
              <Field key={name} label={t.gallery[name]}>{(control) => (
                <input type="number" inputMode="decimal" {...control} {...limits} placeholder={t.conversation.usual} value={d[name]} onInput={(e) => set({ [name]: e.currentTarget.value })} />
              )}</Field>
            ))}
            <Field label={t.gallery.seedLabel} hint={t.gallery.seedHint}>{(control) => (
              <input type="number" inputMode="numeric" {...control} min={0} max={4294967295} step={1} placeholder={t.gallery.drawn} value={d.seed} onInput={(e) => set({ seed: e.currentTarget.value })} />
            )}</Field>
          </div>
        </details>
        <div class="actions">
          <Button tone="primary" type="submit" disabled={busy.value || !d.prompt.trim()}>{t.gallery.make}</Button>
          {(d.prompt || d.from) && <Button tone="quiet" onClick={() => set({ ...blank(), service: d.service, workflow: d.workflow })}>{t.gallery.clear}</Button>}
        </div>
      </form>
      {service?.workflows && <Workflows list={service.workflows} />}
    </>
  );
}

// The picture that the next one begins from.
function From({ draft: d, set, changes }: { draft: Draft; set: (change: Partial<Draft>) => void; changes: boolean }) {
  const { gallery } = useApp();
  const url = gallery.shown(d.from!).value;
  return (
    <div class="beginning">
      {url && <img src={url} alt={d.from!.prompt} />}
      <div class="grow">
        {changes
          ? <Field label={t.gallery.change(Math.round(d.change * 100))} hint={t.gallery.changeHint}>{(control) => <input type="range" {...control} min={0.05} max={1} step={0.05} value={d.change} onInput={(e) => set({ change: Number(e.currentTarget.value) })} />}</Field>
          : <p class="aside">{t.gallery.begins}</p>}
      </div>
      <IconButton class="small" label={t.gallery.notFrom} onClick={() => set({ from: undefined })}><CloseIcon /></IconButton>
    </div>
  );
}
