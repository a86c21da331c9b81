import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Persona, Prompt } from "../../../gen/wire";
import { t } from "../../../strings";
import { language } from "../../../strings/format";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { actionsOf, isAction, isBuiltin } from "../../../prompts/menu";
import { placesOf } from "../../../prompts/template";

interface Props<T> {
  item?: T;
  onSave: (item: T) => void;
  onClose: () => void;
}

type Place = "box" | "selection" | "page";

const placeOf = (p: Prompt): Place => (!isAction(p) ? "box" : p.page ? "page" : "selection");

/** PromptForm writes or changes a prompt. A new one is for the text box. */
export function PromptForm(props: Props<Prompt>) {
  return <PromptOf {...props} at="box" />;
}

/** ActionForm writes or changes a prompt; a new one is for the page's menu. */
export function ActionForm(props: Props<Prompt>) {
  return <PromptOf {...props} at="selection" />;
}

function PromptOf({ item, at, onSave, onClose }: Props<Prompt> & { at: Place }) {
  const app = useApp();
  const place = useSignal<Place>(item ? placeOf(item) : at);
  const name = useSignal(item?.name ?? "");
  const about = useSignal(item?.description ?? "");
  const template = useSignal(item?.template ?? "");
  const scope = useSignal(item?.contextScope || "user");
  const tags = useSignal((item?.tags ?? []).join(", "));
  const submit = () => {
    const now = new Date().toISOString();
    const inMenu = place.peek() !== "box";
    const last = actionsOf(app.prompts.items.peek(), language.peek()).at(-1)?.menu ?? 0;
    const inputs = placesOf(template.peek()).map((n) => item?.inputs?.find((i) => i.name === n) ?? { name: n });
    onSave({
      ...(item ?? { id: crypto.randomUUID(), createdAt: now, }), contextScope: inMenu ? "user" : scope.peek(), name: name.peek().trim(), description: about.peek().trim(),
      template: template.peek(), tags: tags.peek().split(",").map((x) => x.trim()).filter(Boolean), inputs, version: (item?.version ?? 0) + 1, updatedAt: now,
      menu: inMenu ? item?.menu || last + 1 : 0, page: place.peek() === "page",
    });
  };
  const whole = name.value.trim() !== "" && template.value.trim() !== "";
  return (
    <Form title={item ? t.prompts.edit : at === "box" ? t.prompts.add : t.menu.add} whole={whole} onSubmit={submit} onClose={onClose}>
      <Line label={t.prompts.name} value={name} />
      <Line label={t.prompts.template} hint={place.value === "box" ? t.prompts.templateHint : t.menu.hint} value={template} rows={5} />
      <Field label={t.menu.place}>
        {(control) => (
          <select {...control} value={place.value} onChange={(e) => (place.value = e.currentTarget.value as Place)}>
            {(["box", "selection", "page"] as const).filter((p) => p !== "box" || !item || !isBuiltin(item.id)).map((p) => <option key={p} value={p}>{t.menu.places[p]}</option>)}
          </select>
        )}
      </Field>
      <Line label={t.prompts.description} value={about} />
      {place.value === "box" && (
        <Field label={t.prompts.scope}>
          {(control) => (
            <select {...control} value={scope.value} onChange={(e) => (scope.value = e.currentTarget.value)}>
              {scopes.map((s) => <option key={s} value={s}>{t.prompts.scopes[s]}</option>)}
            </select>
          )}
        </Field>
      )}
      {place.value === "box" && <Line label={t.prompts.tags} hint={t.prompts.tagsHint} value={tags} />}
    </Form>
  );
}

const scopes = ["user", "system", "session"] as const;
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
