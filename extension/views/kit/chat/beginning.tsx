import { useEffect } from "preact/hooks";
import { t } from "../../../strings";
import { tuneOf } from "../shelf/persona";
import { IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { Field } from "../ui/field";
import { CloseIcon } from "../ui/icons";

/** Beginning is what a new conversation begins with: the persona that answers, and what prompts have put into its instructions. */
export function Beginning() {
  const app = useApp();
  const personas = app.personas.items.value;
  const { persona = "", systemPrompt = "", prefix = "" } = app.beginning.value;
  useEffect(() => {
    const later = setTimeout(() => void app.personas.load().catch(() => undefined), 300); // after what the view shows first
    return () => clearTimeout(later);
  }, []);
  const choose = (id: string) => (app.beginning.value = { ...app.beginning.peek(), ...tuneOf(app.personas.get(id)) });
  return (
    <div class="outset">
      {personas.length > 0 && (
        <Field label={t.personas.one}>
          {(control) => (
            <select {...control} value={app.personas.get(persona)?.id ?? ""} onChange={(e) => choose(e.currentTarget.value)}>
              <option value="">{t.conversation.none}</option>
              {personas.map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}
            </select>
          )}
        </Field>
      )}
      {systemPrompt && <Words label={t.prompts.scopes.system} text={systemPrompt} onRemove={() => (app.beginning.value = { ...app.beginning.peek(), systemPrompt: "" })} />}
      {prefix && !persona && <Words label={t.prompts.scopes.session} text={prefix} onRemove={() => (app.beginning.value = { ...app.beginning.peek(), prefix: "" })} />}
    </div>
  );
}

function Words({ label, text, onRemove }: { label: string; text: string; onRemove: () => void }) {
  return (
    <p class="chip" title={text}>
      <b>{label}</b><span class="clip">{text}</span>
      <IconButton class="small" label={t.page.remove(label)} onClick={onRemove}><CloseIcon /></IconButton>
    </p>
  );
}
