import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../../strings";
import { languages } from "../../../strings/languages";
import { change } from "../state/actions";
import { modelsOf } from "../state/models";
import { useApp } from "../ui/context";
import { Field } from "../ui/field";
import { Section } from "./section";

/** Assistant sets what holds for every chat. */
export function Assistant() {
  return <Section title={t.settings.assistant}><DefaultModel /><Instructions /></Section>;
}

const between = "\u0000";

function DefaultModel() {
  const app = useApp();
  const { defaultService = "", defaultModel = "" } = app.settings.value;
  const known = app.services.value.some((s) => s.id === defaultService && modelsOf(s).some((m) => m.name === defaultModel));
  const set = (value: string) => {
    const [service = "", model = ""] = value.split(between);
    void change(app, { defaultService: service, defaultModel: model });
  };
  return (
    <Field label={t.settings.defaultModel}>
      {(control) => (
        <select {...control} value={defaultModel ? defaultService + between + defaultModel : ""} onChange={(e) => set(e.currentTarget.value)}>
          <option value="">{t.settings.defaultAuto}</option>
          {defaultModel && !known && <option value={defaultService + between + defaultModel}>{defaultModel} ({t.models.notReady})</option>}
          {app.answering.value.map((s) => (
            <optgroup key={s.id} label={s.name}>
              {modelsOf(s).map((m) => <option key={m.name} value={s.id + between + m.name}>{m.name}</option>)}
            </optgroup>
          ))}
        </select>
      )}
    </Field>
  );
}

const pause = 600;

// Kept a moment after the last key, and when the box is left. What another view writes shows here, except over our typing.
function Instructions() {
  const app = useApp();
  const kept = app.settings.value.systemPrompt ?? "";
  const text = useSignal(kept);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (document.activeElement !== box.current) text.value = kept;
  }, [kept]);
  const keep = () => {
    clearTimeout(timer.current);
    if (text.peek() !== (app.settings.peek().systemPrompt ?? "")) void change(app, { systemPrompt: text.peek() });
  };
  const write = (value: string) => {
    text.value = value;
    clearTimeout(timer.current);
    timer.current = setTimeout(keep, pause);
  };
  return (
    <Field label={t.settings.systemPrompt} hint={t.settings.systemPromptHint}>
      {(control) => <textarea ref={box} rows={3} {...control} value={text.value} onInput={(e) => write(e.currentTarget.value)} onBlur={keep} />}
    </Field>
  );
}

const themes = ["system", "light", "dark"] as const;

/** Appearance sets the colours and the language. */
export function Appearance() {
  const app = useApp();
  return (
    <Section title={t.settings.appearance}>
      <fieldset class="segments">
        <legend>{t.settings.theme}</legend>
        <div>
          {themes.map((theme) => (
            <label key={theme}>
              <input type="radio" name="theme" value={theme} checked={app.settings.value.theme === theme} onChange={() => void change(app, { theme })} />
              <span>{t.settings.themes[theme]}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <Field label={t.settings.language} hint={t.settings.languageHint}>
        {(control) => (
          <select {...control} value={app.settings.value.language || "system"} onChange={(e) => void change(app, { language: e.currentTarget.value })}>
            <option value="system">{t.settings.languageSystem}</option>
            {Object.entries(languages).map(([code, name]) => <option key={code} value={code} lang={code}>{name}</option>)}
          </select>
        )}
      </Field>
    </Section>
  );
}
