import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asFault } from "../../../bridge/fault";
import { MaxDocumentBytes, type LibraryDocument, type LibraryFoundPassage } from "../../../gen/wire";
import { t } from "../../../strings";
import { inWords } from "../../../strings/faults";
import { capturePage, grant, type Refusal } from "../page/capture";
import { sentence } from "../state/app";
import { Notice } from "../ui/banner";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { PlayIcon, RetryIcon, StopIcon, TrashIcon } from "../ui/icons";
import { keepPage, removeDocuments, setState } from "./actions";
import { addDropped, addFiles, addFolder } from "./add";
import { accepted } from "./extract/extract";
import { folderOf, picked } from "./folder";
import { FolderOutcome } from "./outcome";
import { Watched } from "./watched";

/** Knowledge is the screen with the documents that answers are made from. */
export function Knowledge() {
  const app = useApp();
  const { library } = app;
  useEffect(() => library.watch(), [app.companion.value.state]); // its documents come and go with kai
  return (
    <div class="page knowledge">
      <div class="page-inner">
        <p class="aside section-lead">{t.knowledge.lead}</p>
        {library.fault.value && <Notice tone="warn">{sentence(library.fault.value)}</Notice>}
        {!app.webApp && app.companion.value.state === "failed" && <Notice tone="info">{t.knowledge.kaiAway}</Notice>}
        {!library.fault.value && library.notice.value && <Notice tone="info">{inWords(library.notice.value)}</Notice>}
        {!library.fault.value && <Adding />}
        {!library.fault.value && library.collections.value.length > 0 && <Finding />}
        {library.collections.value.map((name) => <Collection key={name} name={name} />)}
        {!library.fault.value && <Watched />}
        {library.documents.value?.length === 0 && <p class="aside">{t.knowledge.none}</p>}
      </div>
    </div>
  );
}

function Adding() {
  const app = useApp();
  const { library } = app;
  const name = useSignal("");
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const collection = () => name.peek().trim() || t.knowledge.usual;
  const take = (list: FileList | null, ofFolder = false) => {
    const all = picked(list ?? []);
    if (all.length > 0) void (ofFolder ? addFolder(app, collection(), folderOf(all)) : addFiles(app, collection(), all));
  };
  const dropped = (e: DragEvent) => {
    e.preventDefault();
    if (e.dataTransfer) void addDropped(app, collection(), e.dataTransfer);
  };
  const refused = useSignal<Refusal | undefined>(undefined);
  const page = async () => {
    refused.value = undefined;
    const got = await capturePage(undefined, MaxDocumentBytes).catch((e: unknown) => ({ refusal: { message: sentence(asFault(e)) } }));
    if ("refusal" in got) return void (refused.value = got.refusal);
    await keepPage(app, collection(), got.attachment);
    await library.load();
  };
  const allow = async () => {
    if (await grant(refused.peek()?.origins ?? [])) await page();
  };
  const adding = library.adding.value;
  return (
    <div class="adding" onDragOver={(e) => e.preventDefault()} onDrop={dropped}>
      <div class="field">
        <label for="collection">{t.knowledge.collection}</label>
        <input id="collection" type="text" list="collections" maxLength={100} placeholder={t.knowledge.usual} value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} />
        <datalist id="collections">{library.collections.value.map((c) => <option key={c} value={c} />)}</datalist>
      </div>
      <input ref={files} class="unseen" type="file" multiple accept={accepted} tabIndex={-1} aria-label={t.knowledge.addFiles} onChange={(e) => { take(e.currentTarget.files); e.currentTarget.value = ""; }} />
      <input ref={folder} class="unseen" type="file" multiple {...{ webkitdirectory: true }} tabIndex={-1} aria-label={t.knowledge.addFolder} onChange={(e) => { take(e.currentTarget.files, true); e.currentTarget.value = ""; }} />
      <div class="actions">
        <Button tone="primary" disabled={adding !== undefined} onClick={() => files.current?.click()}>{t.knowledge.addFiles}</Button>
        <Button disabled={adding !== undefined} onClick={() => folder.current?.click()}>{t.knowledge.addFolder}</Button>
        {!app.webApp && <Button disabled={adding !== undefined} onClick={() => void page()}>{t.knowledge.addPage}</Button>}
        {adding && <Button tone="quiet" onClick={() => (library.stopped = true)}>{t.app.cancel}</Button>}
      </div>
      {refused.value && (
        <Notice tone="warn" action={refused.value.origins && <Button class="small" onClick={() => void allow()}>{t.page.allow}</Button>}>{refused.value.message}</Notice>
      )}
      {adding && <p role="status"><progress max={adding.total} value={adding.done} aria-label={t.knowledge.reading(adding.done, adding.total)} /> {t.knowledge.reading(adding.done, adding.total)}</p>}
      <FolderOutcome />
    </div>
  );
}

function Finding() {
  const app = useApp();
  const words = useSignal("");
  const found = useSignal<LibraryFoundPassage[] | undefined>(undefined);
  const look = async (e: Event) => {
    e.preventDefault();
    if (!words.peek().trim()) return void (found.value = undefined);
    await app.attempt(app.client.call("knowledge.find", { words: words.peek(), limit: 10 }).then((f) => (found.value = f.passages)));
  };
  return (
    <form class="finding" onSubmit={(e) => void look(e)}>
      <div class="data-row">
        <input type="text" enterkeyhint="search" aria-label={t.knowledge.find} placeholder={t.knowledge.find} value={words.value} onInput={(e) => (words.value = e.currentTarget.value)} />
        <Button type="submit">{t.knowledge.findNow}</Button>
      </div>
      {found.value && <ul class="passages" aria-label={t.knowledge.found}>{found.value.map((p) => <Found key={p.id} passage={p} />)}</ul>}
      {found.value?.length === 0 && <p class="aside" role="status">{t.knowledge.nothing}</p>}
    </form>
  );
}

function Found({ passage: p }: { passage: LibraryFoundPassage }) {
  const app = useApp();
  return (
    <li>
      <button type="button" class="passage" onClick={() => (app.library.open.value = { document: p.document, passage: p.id })}>
        <b class="clip">{p.place ? `${p.title}, ${p.place}` : p.title}</b>
        <span class="aside">{p.text.slice(0, 240)}</span>
      </button>
    </li>
  );
}

const drawn = 200; // documents of a collection that are drawn at once

function Collection({ name }: { name: string }) {
  const app = useApp();
  const shown = useSignal(drawn);
  const documents = (app.library.documents.value ?? []).filter((d) => d.collection === name);
  return (
    <section class="section" aria-label={name}>
      <div class="data-row">
        <h2>{name}</h2>
        <IconButton label={t.knowledge.removeAll(name)} onClick={() => void removeDocuments(app, documents, name)}><TrashIcon /></IconButton>
      </div>
      <ul class="documents">{documents.slice(0, shown.value).map((d) => <Row key={d.id} document={d} />)}</ul>
      {documents.length > shown.value && <Button tone="quiet" onClick={() => (shown.value += drawn)}>{t.knowledge.showMore(documents.length - shown.value)}</Button>}
    </section>
  );
}

function Row({ document: d }: { document: LibraryDocument }) {
  const app = useApp();
  const { library } = app;
  const model = library.modelOf(d);
  const canIndex = d.passages > 0 && model !== "" && (d.state === "stopped" || (d.state === "ready" && d.model !== model));
  return (
    <li class="document">
      <button type="button" class="document-name clip" disabled={d.passages === 0} title={d.source} onClick={() => (library.open.value = { document: d.id })}>{d.title}</button>
      {d.state === "indexing" && <IconButton class="small" label={t.knowledge.stop(d.title)} onClick={() => void setState(app, d, "stopped")}><StopIcon /></IconButton>}
      {canIndex && <IconButton class="small" label={t.knowledge.goOn(d.title)} onClick={() => void setState(app, d, "indexing")}>{d.state === "stopped" ? <PlayIcon /> : <RetryIcon />}</IconButton>}
      <IconButton class="small" label={t.knowledge.remove(d.title)} onClick={() => void removeDocuments(app, [d], d.title)}><TrashIcon /></IconButton>
      <State document={d} />
      {library.here.value?.ids.has(d.id) && <p class="document-state">{t.knowledge.here}</p>}
    </li>
  );
}

function State({ document: d }: { document: LibraryDocument }) {
  const done = d.done ?? 0;
  if (d.state === "failed") return <p class="document-state bad" role="alert">{d.fault ? sentence(d.fault) : t.knowledge.broken}</p>;
  if (d.state === "indexing") {
    return <p class="document-state"><progress max={d.passages} value={done} aria-label={d.title} /> {t.knowledge.indexing(done, d.passages)}</p>;
  }
  if (d.state === "stopped") return <p class="document-state">{t.knowledge.stoppedAt(done, d.passages)} {d.fault ? sentence(d.fault) : ""}</p>;
  return <p class="document-state">{d.model ? t.knowledge.ready(d.passages, d.model) : t.knowledge.readyWords(d.passages)}</p>;
}
