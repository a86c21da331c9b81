import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { t } from "../../../strings";
import { sentence } from "../state/app";
import { Section } from "../settings/section";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import type { Counts, Stage } from "./moving";
import type { Left, Tally } from "./tally";

/** MovingIn brings conversations of other programs, and shows before what would come and after what came. */
export function MovingIn() {
  const stage = useApp().moving.stage.value;
  return (
    <Section title={t.moving.title} lead={t.moving.lead}>
      {stage.at === "none" && <Choose />}
      {(stage.at === "looking" || stage.at === "bringing") && <Busy stage={stage} />}
      {stage.at === "seen" && <Seen files={stage.files} tally={stage.tally} />}
      {stage.at === "done" && <Done stage={stage} />}
    </Section>
  );
}

function Choose() {
  const { moving } = useApp();
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const over = useSignal(false);
  const take = (box: HTMLInputElement) => {
    moving.look([...(box.files ?? [])]);
    box.value = "";
  };
  const drop = (e: DragEvent) => {
    e.preventDefault();
    over.value = false;
    moving.look([...(e.dataTransfer?.files ?? [])]);
  };
  return (
    <div
      class={`moving-choose${over.value ? " over" : ""}`} onDrop={drop} onDragLeave={() => (over.value = false)}
      onDragOver={(e) => { e.preventDefault(); over.value = true; }}
    >
      <div class="actions">
        <Button onClick={() => files.current?.click()}>{t.moving.files}</Button>
        <Button tone="quiet" onClick={() => folder.current?.click()}>{t.moving.folder}</Button>
      </div>
      <p class="aside">{t.moving.filesHint}</p>
      <input ref={files} type="file" multiple hidden aria-label={t.moving.files} onChange={(e) => take(e.currentTarget)} />
      <input ref={folder} type="file" multiple hidden aria-label={t.moving.folder} {...{ webkitdirectory: true }} onChange={(e) => take(e.currentTarget)} />
      <Last />
    </div>
  );
}

function Last() {
  const { moving } = useApp();
  const last = moving.last.value;
  if (!last) return null;
  return (
    <div class="data-row">
      <p class="aside">{t.moving.last(last.at, last.conversations)}</p>
      <div class="actions">
        <Undo />
        <Button tone="quiet" class="small" onClick={() => moving.forget()}>{t.moving.forget}</Button>
      </div>
    </div>
  );
}

function Undo() {
  const app = useApp();
  const undo = async () => {
    const out = await app.moving.undo();
    if (out) app.notices.show(t.moving.undone(out.gone, out.stayed));
  };
  return <Button class="small" disabled={app.moving.undoing.value} onClick={() => void undo()}>{app.moving.undoing.value ? t.moving.undoing : t.moving.undo}</Button>;
}

function Busy({ stage }: { stage: Stage & { at: "looking" | "bringing" } }) {
  const { moving } = useApp();
  const what = stage.at === "looking" ? t.moving.looking : t.moving.bringing;
  return (
    <div class="meter" role="group" aria-label={what}>
      <p>{what}</p>
      <progress aria-label={what} max={stage.total || undefined} value={stage.total ? stage.bytes : undefined} />
      <div class="meter-foot">
        <p class="aside">{t.moving.progress(stage.bytes, stage.total, stage.conversations)}</p>
        <Button tone="quiet" class="small" onClick={() => moving.cancel()}>{stage.at === "looking" ? t.app.cancel : t.moving.stop}</Button>
      </div>
    </div>
  );
}

function Seen({ files, tally }: { files: File[]; tally: Tally }) {
  const { moving } = useApp();
  const nothing = Object.keys(tally.kinds).length === 0;
  return (
    <div class="moving-seen" role="group" aria-label={t.moving.seen}>
      {nothing ? <p role="alert" class="wrong">{t.moving.nothing}</p> : <Holds tally={tally} />}
      <Lefts left={tally.left} />
      <div class="actions end">
        <Button tone="quiet" onClick={() => moving.close()}>{nothing ? t.moving.close : t.app.cancel}</Button>
        {!nothing && <Button tone="primary" onClick={() => moving.bring(files)}>{t.moving.bring}</Button>}
      </div>
    </div>
  );
}

function Holds({ tally }: { tally: Tally }) {
  const more = (tally.kinds.conversation ?? 0) - tally.titles.length;
  return (
    <>
      <p>{t.moving.holds(tally.sources.join(", "), counts(tally.kinds))}</p>
      {tally.from && tally.to && <p class="aside">{t.moving.between(tally.from, tally.to)}</p>}
      {tally.titles.length > 0 && <ul class="moving-titles">
        {tally.titles.map((title, i) => <li key={i}>{title || t.list.untitled}</li>)}
        {more > 0 && <li class="aside">{t.moving.more(more)}</li>}
      </ul>}
      {tally.services.length > 0 && <Connects services={tally.services} />}
    </>
  );
}

/** Connects shows where questions could go from then on. */
function Connects({ services }: { services: Tally["services"] }) {
  return (
    <>
      <p class="aside">{t.moving.services}</p>
      <ul class="moving-titles">
        {services.map((s, i) => <li key={i}>{s.name} <bdi class="aside">{s.url}</bdi></li>)}
      </ul>
    </>
  );
}

/** counts writes what there is of each kind. */
function counts(kinds: Counts): string {
  return Object.entries(t.moving.kinds).flatMap(([kind, write]) => (kinds[kind] ? write(kinds[kind]) : [])).join(", ");
}

function Lefts({ left }: { left: Left[] }) {
  if (left.length === 0) return null;
  return (
    <details class="moving-left" open={left.length <= 4}>
      <summary>{t.moving.cannot(left.reduce((sum, l) => sum + l.n, 0))}</summary>
      <ul>
        {left.map((l) => (
          <li key={l.what}>
            {t.moving.left[l.what]} <span class="aside">{t.moving.times(l.n)} {l.where.join(" · ")}{l.where.length < l.n && " …"}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Done({ stage }: { stage: Stage & { at: "done" } }) {
  const { moving } = useApp();
  const came = counts(stage.added);
  return (
    <div class="moving-seen" role="status" aria-label={t.moving.result}>
      {stage.fault && <p class="wrong">{t.moving.failed} {sentence(stage.fault)}</p>}
      {stage.stopped && <p>{t.moving.stopped}</p>}
      <p>{came ? t.moving.came(came) : t.moving.nothingNew}</p>
      {stage.there > 0 && <p class="aside">{t.moving.there(stage.there)}</p>}
      <Lefts left={stage.tally?.left ?? []} />
      <div class="actions end">
        {came && moving.last.value && <Undo />}
        <Button tone="primary" onClick={() => moving.close()}>{t.moving.close}</Button>
      </div>
    </div>
  );
}
