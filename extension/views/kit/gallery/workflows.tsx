import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { asFault } from "../../../bridge/fault";
import type { GalleryWorkflow } from "../../../gen/wire";
import { t } from "../../../strings";
import { sentence } from "../state/app";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { TrashIcon } from "../ui/icons";

/** Workflows lists a person's own ways to make pictures, and takes another one. */
export function Workflows({ list }: { list: GalleryWorkflow[] }) {
  const { gallery } = useApp();
  const adding = useSignal(false);
  return (
    <details class="more">
      <summary>{t.gallery.workflows(list.length)}</summary>
      <p class="aside">{t.gallery.workflowsLead}</p>
      <ul class="workflows">
        {list.map((w) => (
          <li key={w.id}>
            <span class="grow"><span class="clip">{w.name}</span> <span class="aside">{t.gallery.takes(w.takes)}</span></span>
            <IconButton class="small" label={t.gallery.removeWorkflow(w.name)} onClick={() => void gallery.removeWorkflow(w)}><TrashIcon /></IconButton>
          </li>
        ))}
      </ul>
      <div class="actions"><Button onClick={() => (adding.value = true)}>{t.gallery.addWorkflow}</Button></div>
      {adding.value && <Adding onClose={() => (adding.value = false)} />}
    </details>
  );
}

function Adding({ onClose }: { onClose: () => void }) {
  const { gallery } = useApp();
  const name = useSignal("");
  const text = useSignal("");
  const wrong = useSignal("");
  const picker = useRef<HTMLInputElement>(null);
  const take = async (file: File | undefined) => {
    if (!file) return;
    if (!name.peek()) name.value = file.name.replace(/\.json$/i, "");
    text.value = await file.text();
    wrong.value = "";
  };
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      await gallery.addWorkflow({ id: crypto.randomUUID(), name: name.peek().trim(), text: text.peek(), takes: [] });
      onClose();
    } catch (error) {
      wrong.value = sentence(asFault(error));
    }
  };
  return (
    <Dialog title={t.gallery.addWorkflow} onClose={onClose}>
      <form onSubmit={(e) => void submit(e)}>
        <p class="aside">{t.gallery.workflowHow}</p>
        <input ref={picker} type="file" hidden accept=".json,application/json" aria-label={t.gallery.workflowFile} onChange={(e) => { void take(e.currentTarget.files?.[0]); e.currentTarget.value = ""; }} />
        <div class="actions"><Button onClick={() => picker.current?.click()}>{t.gallery.workflowFile}</Button></div>
        <Field label={t.gallery.workflowName}>{(control) => <input {...control} type="text" maxLength={200} value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} />}</Field>
        <Field label={t.gallery.workflowText} wrong={wrong.value || undefined}>
          {(control) => <textarea {...control} class="pasted" rows={6} spellcheck={false} value={text.value} onInput={(e) => { text.value = e.currentTarget.value; wrong.value = ""; }} />}
        </Field>
        <div class="actions end">
          <Button tone="quiet" onClick={onClose}>{t.app.cancel}</Button>
          <Button tone="primary" type="submit" disabled={!name.value.trim() || !text.value.trim()}>{t.app.save}</Button>
        </div>
      </form>
    </Dialog>
  );
}
