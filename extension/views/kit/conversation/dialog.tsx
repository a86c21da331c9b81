import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Conversation, Parameters } from "../../../gen/wire";
import { t } from "../../../strings";
import { archive, moveTo, pin, tune } from "../state/actions";
import { tuneOf } from "../shelf/persona";
import { folderOf } from "../state/collection";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { ahead } from "../chat/ahead";
import { saveConversation, type Format } from "./save";

/** ConversationDialog sets what holds for one conversation, and takes it elsewhere: archive, file, paper. */
export function ConversationDialog({ conversation: c, onClose }: { conversation: Conversation; onClose: () => void }) {
  return (
    <Dialog title={t.conversation.title} onClose={onClose}>
      <Place conversation={c} />
      <Tuning conversation={c} onClose={onClose} />
      <Elsewhere conversation={c} onClose={onClose} />
    </Dialog>
  );
}

// Where a conversation stands in the list: it changes at once.
function Place({ conversation: c }: { conversation: Conversation }) {
  const app = useApp();
  const folders = app.folders.items.value;
  const personas = app.personas.items.value;
  useEffect(() => void app.attempt(app.personas.load()), []);
  return (
    <div class="place">
      <label class="check"><input type="checkbox" checked={Boolean(c.pinned)} onChange={(e) => void pin(app, c, e.currentTarget.checked)} />{t.conversation.pinned}</label>
      {folders.length > 0 && (
        <Field label={t.folders.one}>
          {(control) => (
            <select {...control} value={app.folders.get(folderOf(c))?.id ?? ""} onChange={(e) => void moveTo(app, c, e.currentTarget.value)}>
              <option value="">{t.folders.none}</option>
              {folders.map((f) => <option key={f.id} value={f.id}>{f.name}</option>)}
            </select>
          )}
        </Field>
      )}
      {personas.length > 0 && (
        <Field label={t.personas.one}>
          {(control) => (
            <select {...control} value={app.personas.get(c.persona)?.id ?? ""} onChange={(e) => void tune(app, c.id, tuneOf(app.personas.get(e.currentTarget.value)))}>
              <option value="">{t.conversation.none}</option>
              {personas.map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}
            </select>
          )}
        </Field>
      )}
    </div>
  );
}

type Numbers = { [K in "temperature" | "topP" | "maxTokens" | "seed"]: string };

const numbers = [
  { name: "temperature", min: 0, max: 2, step: 0.1 },
  { name: "topP", min: 0.01, max: 1, step: 0.01 },
  { name: "maxTokens", min: 1, max: 1_048_576, step: 1 },
  { name: "seed", min: undefined, max: undefined, step: 1 },
] as const;

function Tuning({ conversation: c, onClose }: { conversation: Conversation; onClose: () => void }) {
  const app = useApp();
  const prompt = useSignal(c.systemPrompt ?? "");
  const typed = useSignal<Numbers>(textOf(c.parameters));
  const form = useSignal(formOf(c.parameters?.format));
  const wrong = useSignal(false);
  const submit = async (e: Event) => {
    e.preventDefault();
    const format = formatOf(form.peek());
    wrong.value = format === undefined;
    if (format === undefined) return;
    if (await tune(app, c.id, { systemPrompt: prompt.peek(), parameters: { ...c.parameters, ...parametersOf(typed.peek()), format } })) onClose();
  };
  return (
    <form onSubmit={(e) => void submit(e)}>
      <Field label={t.conversation.systemPrompt} hint={t.conversation.systemPromptHint}>
        {(control) => (
          <textarea
            rows={4} {...control} placeholder={app.settings.value.systemPrompt || t.conversation.none} value={prompt.value}
            onInput={(e) => (prompt.value = e.currentTarget.value)}
          />
        )}
      </Field>
      <div class="pairs">
        {numbers.map(({ name, ...limits }) => (
          <Field key={name} label={t.conversation[name]}>
            {(control) => (
              <input
                type="number" inputMode="decimal" {...control} {...limits} placeholder={t.conversation.usual} value={typed.value[name]}
                onInput={(e) => (typed.value = { ...typed.peek(), [name]: e.currentTarget.value })}
              />
            )}
          </Field>
        ))}
      </div>
      <p class="aside">{t.conversation.numbersHint}</p>
      <FormField form={form.value} wrong={wrong.value} set={(some) => (form.value = { ...form.peek(), ...some })} />
      <div class="actions end">
        <Button tone="quiet" onClick={onClose}>{t.app.cancel}</Button>
        <Button tone="primary" type="submit">{t.app.save}</Button>
      </div>
    </form>
  );
}

interface Form {
  as: keyof typeof t.conversation.formats;
  schema: string;
}

const example = '{"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}';

function FormField({ form, wrong, set }: { form: Form; wrong: boolean; set: (some: Partial<Form>) => void }) {
  return (
    <>
      <Field label={t.conversation.format}>
        {(control) => (
          <select {...control} value={form.as} onChange={(e) => set({ as: e.currentTarget.value as Form["as"] })}>
            {Object.entries(t.conversation.formats).map(([as, label]) => <option key={as} value={as}>{label}</option>)}
          </select>
        )}
      </Field>
      {form.as === "schema" && (
        <Field label={t.conversation.schema} wrong={wrong ? t.conversation.schemaWrong : undefined}>
          {(control) => (
            <textarea rows={4} class="code" spellcheck={false} {...control} placeholder={example} value={form.schema} onInput={(e) => set({ schema: e.currentTarget.value })} />
          )}
        </Field>
      )}
    </>
  );
}

function formOf(format: string | undefined): Form {
  return format && format !== "json" ? { as: "schema", schema: format } : { as: format === "json" ? "json" : "text", schema: "" };
}

// undefined: what was written is no schema.
function formatOf({ as, schema }: Form): string | undefined {
  if (as !== "schema") return as === "json" ? "json" : "";
  try {
    const value: unknown = JSON.parse(schema);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? schema.trim() : undefined;
  } catch {
    return undefined;
  }
}

function textOf(p: Parameters | undefined): Numbers {
  const text = (n: number | undefined) => (n === undefined ? "" : String(n));
  return { temperature: text(p?.temperature), topP: text(p?.topP), maxTokens: text(p?.maxTokens || undefined), seed: text(p?.seed) };
}

/** parametersOf reads what was typed; what is empty is the service's default. */
export function parametersOf(typed: Numbers): Parameters {
  const number = (text: string) => (text.trim() === "" ? undefined : Number(text));
  return { temperature: number(typed.temperature), topP: number(typed.topP), maxTokens: number(typed.maxTokens), seed: number(typed.seed) };
}

const formats: Format[] = ["md", "html", "json"];

function Elsewhere({ conversation: c, onClose }: { conversation: Conversation; onClose: () => void }) {
  const app = useApp();
  const busy = useSignal(false);
  const whole = async (then: () => Promise<void> | void) => {
    busy.value = true;
    await app.attempt(app.thread.loadAll().then((all) => (all ? then() : undefined)));
    busy.value = false;
  };
  const print = () => whole(() => {
    onClose();
    requestAnimationFrame(() => {
      ahead.all();
      setTimeout(() => window.print(), 300); // what was loaded is drawn first
    });
  });
  return (
    <section class="elsewhere" aria-label={t.conversation.elsewhere}>
      <div class="actions">
        {formats.map((format) => (
          <Button key={format} class="small" disabled={busy.value} onClick={() => void whole(() => saveConversation(c, app.thread.turns.peek(), format, app.pictures))}>{t.conversation.saveAs[format]}</Button>
        ))}
        <Button class="small" disabled={busy.value} onClick={() => void print()}>{t.conversation.print}</Button>
        <Button class="small" onClick={() => { onClose(); void archive(app, c, !c.archived); }}>{c.archived ? t.conversation.unarchive : t.conversation.archive}</Button>
      </div>
    </section>
  );
}
