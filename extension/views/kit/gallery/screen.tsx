import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { GalleryImage, GalleryMaking } from "../../../gen/wire";
import { t } from "../../../strings";
import { sentence } from "../state/app";
import { Notice } from "../ui/banner";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { Field } from "../ui/field";
import { NewIcon, RetryIcon, StopIcon, TrashIcon } from "../ui/icons";
import { recipeOf } from "./gallery";

/** GalleryScreen is the screen with the pictures that services make. */
export function GalleryScreen() {
  const app = useApp();
  const { gallery } = app;
  useEffect(() => gallery.watch(), []);
  const fault = gallery.fault.value;
  const services = gallery.services.value;
  return (
    <div class="page gallery">
      <div class="page-inner">
        <p class="aside section-lead">{t.gallery.lead}</p>
        {fault && <Notice tone="warn">{sentence(fault)}</Notice>}
        {!fault && services?.length === 0 && <Notice tone="info">{t.gallery.noService}</Notice>}
        {!fault && services?.map((s) => s.fault && <Notice key={s.kind} tone="warn" action={<Button onClick={() => void gallery.look()}>{t.gallery.lookAgain}</Button>}>{sentence(s.fault)}</Notice>)}
        {!fault && services && services.length > 0 && <Making />}
        <ul class="tiles" aria-label={t.gallery.title}>
          {gallery.making.value.map((m) => <Unfinished key={m.image} making={m} />)}
          {gallery.images.value?.map((i) => <Tile key={i.id} image={i} />)}
        </ul>
        {gallery.images.value?.length === 0 && gallery.making.value.length === 0 && <p class="aside">{t.gallery.none}</p>}
        {gallery.more.value && <Button onClick={() => void gallery.loadMore()}>{t.gallery.more}</Button>}
      </div>
    </div>
  );
}

function Making() {
  const { gallery } = useApp();
  const prompt = useSignal("");
  const negative = useSignal("");
  const model = useSignal("");
  const sampler = useSignal("");
  const service = gallery.services.value?.find((s) => !s.fault) ?? gallery.services.value?.[0];
  const make = async (e: Event) => {
    e.preventDefault();
    const recipe = { service: service?.kind, prompt: prompt.peek(), negative: negative.peek(), model: model.peek(), sampler: sampler.peek() };
    if (prompt.peek().trim() && await gallery.make(recipe)) prompt.value = "";
  };
  const choice = (label: string, chosen: typeof model, names: string[]) => names.length > 0 && (
    <Field label={label}>{(control) => (
      <select {...control} value={chosen.value} onChange={(e) => (chosen.value = e.currentTarget.value)}>
        <option value="">{t.gallery.usual}</option>
        {names.map((n) => <option key={n} value={n}>{n}</option>)}
      </select>
    )}</Field>
  );
  return (
    <form class="adding" onSubmit={(e) => void make(e)}>
      <Field label={t.gallery.prompt}>{(control) => <textarea {...control} rows={2} maxLength={8000} value={prompt.value} onInput={(e) => (prompt.value = e.currentTarget.value)} />}</Field>
      <Field label={t.gallery.negative}>{(control) => <input {...control} type="text" maxLength={8000} value={negative.value} onInput={(e) => (negative.value = e.currentTarget.value)} />}</Field>
      {choice(t.gallery.model, model, service?.models ?? [])}
      {choice(t.gallery.sampler, sampler, service?.samplers ?? [])}
      <div class="actions"><Button tone="primary" type="submit" disabled={!prompt.value.trim()}>{t.gallery.make}</Button></div>
    </form>
  );
}

function Unfinished({ making: m }: { making: GalleryMaking }) {
  const { gallery } = useApp();
  const failed = m.state === "failed";
  return (
    <li class="tile">
      <p class="clip" title={m.recipe.prompt}>{m.recipe.prompt}</p>
      {failed
        ? <p class="document-state bad" role="alert">{m.fault ? sentence(m.fault) : t.gallery.failed}</p>
        : <p class="document-state"><progress max={m.total || undefined} value={m.total ? m.done ?? 0 : undefined} aria-label={m.recipe.prompt} /> {m.state === "waiting" ? t.gallery.waiting : t.gallery.painting(m.done ?? 0)}</p>}
      {failed
        ? <IconButton class="small" label={t.gallery.retry} onClick={() => void gallery.retry(m)}><RetryIcon /></IconButton>
        : <IconButton class="small" label={t.gallery.cancel} onClick={() => void gallery.cancel(m)}><StopIcon /></IconButton>}
    </li>
  );
}

function Tile({ image }: { image: GalleryImage }) {
  const { gallery } = useApp();
  const url = useMemo(() => gallery.pictures.url({ type: "image", title: image.prompt, url: "", text: "", blob: image.id }), [image.id]).value;
  return (
    <li class="tile">
      {url ? <a href={url} target="_blank" rel="noopener"><img src={url} alt={image.prompt} /></a> : <span class="aside">{url === "" ? t.picture.missing : t.picture.loading}</span>}
      <p class="clip" title={image.prompt}>{image.prompt}</p>
      <p class="document-state">{t.gallery.seed(image.seed ?? 0)}</p>
      <IconButton class="small" label={t.gallery.vary} onClick={() => void gallery.vary(recipeOf(image))}><NewIcon /></IconButton>
      <IconButton class="small" label={t.gallery.remove} onClick={() => void gallery.remove(image)}><TrashIcon /></IconButton>
    </li>
  );
}
