import { useSignal } from "@preact/signals";
import type { Prompt } from "../../../gen/wire";
import { t } from "../../../strings";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { filled, placesOf } from "../../../prompts/template";

/** FillDialog asks for what stands in the places of a prompt. */
export function FillDialog({ prompt, onDone, onClose }: { prompt: Prompt; onDone: (text: string) => void; onClose: () => void }) {
  const inputOf = (name: string) => prompt.inputs?.find((i) => i.name === name);
  const places = placesOf(prompt.template);
  const values = useSignal<{ [name: string]: string }>(Object.fromEntries(places.map((name) => [name, inputOf(name)?.default ?? ""])));
  const submit = (e: Event) => {
    e.preventDefault();
    onDone(filled(prompt.template, values.peek()));
  };
  return (
    <Dialog title={prompt.name} onClose={onClose}>
      <form onSubmit={submit}>
        {places.map((name) => (
          <Field key={name} label={name} hint={inputOf(name)?.description}>
            {(control) => <textarea rows={1} {...control} value={values.value[name]} onInput={(e) => (values.value = { ...values.peek(), [name]: e.currentTarget.value })} />}
          </Field>
        ))}
        <div class="actions end">
          <Button tone="quiet" onClick={onClose}>{t.app.cancel}</Button>
          <Button tone="primary" type="submit">{t.prompts.insert}</Button>
        </div>
      </form>
    </Dialog>
  );
}
