import { useEffect, useMemo } from "preact/hooks";
import type { GalleryImage, GalleryMaking } from "../../../gen/wire";
import { t } from "../../../strings";
import { sentence } from "../state/app";
import { Notice } from "../ui/banner";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { NewIcon, PencilIcon, PictureIcon, RetryIcon, StopIcon, TrashIcon } from "../ui/icons";
import { Form } from "./form";
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
        {!fault && services && services.length > 0 && <Form />}
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

function Unfinished({ making: m }: { making: GalleryMaking }) {
  const { gallery } = useApp();
  const failed = m.state === "failed";
  return (
    <li class="tile">
      <p class="clip" title={m.recipe.prompt}>{m.recipe.prompt}</p>
      {failed
        ? <p class="document-state bad" role="alert">{m.fault ? sentence(m.fault) : t.gallery.failed}</p>
        : <p class="document-state"><progress max={m.total || undefined} value={m.total ? m.done ?? 0 : undefined} aria-label={m.recipe.prompt} /> {stateOf(m)}</p>}
      {failed && <IconButton class="small" label={t.gallery.reuse} onClick={() => gallery.reuse(m.recipe)}><PencilIcon /></IconButton>}
      {failed
        ? <IconButton class="small" label={t.gallery.retry} onClick={() => void gallery.retry(m)}><RetryIcon /></IconButton>
        : <IconButton class="small" label={t.gallery.cancel} onClick={() => void gallery.cancel(m)}><StopIcon /></IconButton>}
    </li>
  );
}

// stateOf says in words how far a picture is.
function stateOf(m: GalleryMaking): string {
  if (m.state === "waiting") return t.gallery.waiting;
  if (m.status === "queued") return t.gallery.queued(m.done ?? 0);
  const node = m.status === "painting" ? undefined : m.status;
  return t.gallery.painting(m.total ? m.done ?? 0 : 0, node);
}

function Tile({ image }: { image: GalleryImage }) {
  const { gallery } = useApp();
  const url = useMemo(() => gallery.shown(image), [image.id]).value;
  const service = gallery.services.value?.find((s) => s.kind === image.service);
  return (
    <li class="tile">
      {url ? <a href={url} target="_blank" rel="noopener"><img src={url} alt={image.prompt} /></a> : <span class="aside">{url === "" ? t.picture.missing : t.picture.loading}</span>}
      <p class="clip" title={image.prompt}>{image.prompt}</p>
      <p class="document-state whole" title={[service?.name, image.model].filter(Boolean).join(", ")}>{image.seed === undefined ? service?.name : t.gallery.seed(image.seed)}</p>
      <IconButton class="small" label={t.gallery.vary} onClick={() => void gallery.vary(recipeOf(image))}><NewIcon /></IconButton>
      {service?.takes.includes("from") && <IconButton class="small" label={t.gallery.begin} onClick={() => gallery.begin(image)}><PictureIcon /></IconButton>}
      <IconButton class="small" label={t.gallery.reuse} onClick={() => gallery.reuse(image)}><PencilIcon /></IconButton>
      <IconButton class="small last" label={t.gallery.remove} onClick={() => void gallery.remove(image)}><TrashIcon /></IconButton>
    </li>
  );
}
