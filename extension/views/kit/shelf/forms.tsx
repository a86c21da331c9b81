import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Persona, Prompt } from "../../../gen/wire";
import { t } from "../../../strings";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { placesOf } from "./template";

interface Props<T> {
  item?: T;
  onSave: (item: T) => void;
  onClose: () => void;
}

/** PromptForm writes or changes a prompt. */
export function PromptForm({ item, onSave, onClose }: Props<Prompt>) {
  const name = useSignal(item?.name ?? "");
  const about = useSignal(item?.description ?? "");
  const template = useSignal(item?.template ?? "");
  const tags = useSignal((item?.tags ?? []).join(", "));
  const submit = () => {
    const now = new Date().toISOString();
    const inputs = placesOf(template.peek()).map((n) => item?.inputs?.find((i) => i.name === n) ?? { name: n });
    onSave({
      ...(item ?? { id: crypto.randomUUID(), createdAt: now, contextScope: "user" }), name: name.peek().trim(), description: about.peek().trim(),
      template: template.peek(), tags: tags.peek().split(",").map((x) => x.trim()).filter(Boolean), inputs, version: (item?.version ?? 0) + 1, updatedAt: now,
    });
  };
  const whole = name.value.trim() !== "" && template.value.trim() !== "";
  return (
    <Form title={item ? t.prompts.edit : t.prompts.add} whole={whole} onSubmit={submit} onClose={onClose}>
      <Line label={t.prompts.name} value={name} />
      <Line label={t.prompts.template} hint={t.prompts.templateHint} value={template} rows={5} />
      <Line label={t.prompts.description} value={about} />
      <Line label={t.prompts.tags} hint={t.prompts.tagsHint} value={tags} />
    </Form>
  );
}

const tones = ["formality", "humor", "energy", "assertiveness"] as const;

/** PersonaForm writes or changes a persona; what it does not show is kept. */
export function PersonaForm({ item, onSave, onClose }: Props<Persona>) {
  const name = useSignal(item?.name ?? "");
  const about = useSignal(item?.description ?? "");
  const system = useSignal(item?.injections.system_prompt ?? "");
  const prefix = useSignal(item?.injections.user_prefix ?? "");
  const safety = useSignal(item?.injections.safety_prefix ?? "");
  const tone = useSignal<{ [name: string]: unknown }>(item?.tone as { [name: string]: unknown } ?? {});
  const submit = () => onSave({
    ...(item ?? { id: crypto.randomUUID() }), name: name.peek().trim(), description: about.peek().trim(), tone: tone.peek(),
    injections: { ...item?.injections, system_prompt: system.peek(), user_prefix: prefix.peek(), safety_prefix: safety.peek() },
  });
  return (
    <Form title={item ? t.personas.edit : t.personas.add} whole={name.value.trim() !== ""} onSubmit={submit} onClose={onClose}>
      <Line label={t.prompts.name} value={name} />
      <Line label={t.prompts.description} value={about} />
      <Line label={t.personas.system} value={system} rows={4} />
      <Line label={t.personas.prefix} hint={t.personas.prefixHint} value={prefix} rows={2} />
      <Line label={t.personas.safety} hint={t.personas.safetyHint} value={safety} rows={2} />
      <div class="pairs">
        {tones.map((n) => (
          <Field key={n} label={t.personas[n]}>
            {(control) => <input type="text" {...control} maxLength={60} value={String(tone.value[n] ?? "")} onInput={(e) => (tone.value = { ...tone.peek(), [n]: e.currentTarget.value })} />}
          </Field>
        ))}
      </div>
    </Form>
  );
}

function Line({ label, hint, value, rows }: { label: string; hint?: string; value: { value: string }; rows?: number }) {
  return (
    <Field label={label} hint={hint}>
      {(control) => rows
        ? <textarea rows={rows} {...control} maxLength={30_000} value={value.value} onInput={(e) => (value.value = e.currentTarget.value)} />
        : <input type="text" {...control} maxLength={200} value={value.value} onInput={(e) => (value.value = e.currentTarget.value)} />}
    </Field>
  );
}

function Form(props: { title: string; whole: boolean; onSubmit: () => void; onClose: () => void; children: ComponentChildren }) {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form onSubmit={(e) => { e.preventDefault(); props.onSubmit(); }}>
        {props.children}
        <div class="actions end">
          <Button tone="quiet" onClick={props.onClose}>{t.app.cancel}</Button>
          <Button tone="primary" type="submit" disabled={!props.whole}>{t.app.save}</Button>
        </div>
      </form>
    </Dialog>
  );
}
