import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { copyWanted, startCopy, wipeCopy } from "../../../bridge/copy";
import { asFault } from "../../../bridge/fault";
import type { StoreUsage } from "../../../gen/wire";
import { t } from "../../../strings";
import { offersBuiltIn } from "../builtin/begin";
import { clearEngine } from "../builtin/engine";
import { number } from "../../../strings/format";
import type { App } from "../state/app";
import { forgetDrafts } from "../state/remember";
import { Button } from "../ui/button";
import { removeAll } from "../tools/guests/shelf";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { DownloadIcon, TrashIcon } from "../ui/icons";
import { exportAll } from "./export";
import { Section } from "./section";

/** Data shows what is kept and where, and takes it out or away. */
export function Data() {
  const app = useApp();
  const usage = useSignal<StoreUsage | undefined>(undefined);
  const load = () => app.client.call("storage.usage", {}).then((u) => (usage.value = u), () => undefined);
  // Conversations come and go while this is open, many at once when browsers meet: counted when they have come to rest.
  useEffect(() => {
    const rest = setTimeout(load, usage.peek() ? 500 : 0);
    return () => clearTimeout(rest);
  }, [app.link.value.state, app.conversations.list.value.length]);
  return (
    <Section title={t.settings.data}>
      <Export />
      <DeleteAll onDone={() => void load()} />
      {usage.value && <Usage usage={usage.value} /> /* last: it comes a moment later, and would push the buttons from under a hand */}
    </Section>
  );
}

function Usage({ usage }: { usage: StoreUsage }) {
  const { bytes, quota = 0, records, backend } = usage;
  return (
    <div class="usage">
      <div class="usage-head">
        <span>{t.settings.usage}</span>
        <span class="aside">{quota ? t.settings.usageOf(bytes, quota) : t.settings.usageOnly(bytes)}</span>
      </div>
      {quota > 0 && <meter aria-label={t.settings.usage} min={0} max={quota} high={quota * 0.8} value={bytes} />}
      <dl class="facts">
        <dt>{t.settings.backend}</dt><dd>{t.settings.backends[backend] ?? backend}</dd>
        {Object.entries(records ?? {}).filter(([kind]) => kind === "conversation" || kind === "message").map(([kind, n]) => (
          <><dt key={kind}>{t.settings.records[kind] ?? kind}</dt><dd>{number(n)}</dd></>
        ))}
      </dl>
      <p class="aside">{usage.durable ? t.settings.durable : t.settings.notDurable}</p>
    </div>
  );
}

function Export() {
  const app = useApp();
  const size = useSignal<number | undefined>(undefined);
  const start = async () => {
    size.value = 0;
    try {
      const end = await exportAll(app.client, (n) => (size.value = n));
      app.notices.show(t.settings.exported(end.records, end.bytes));
    } catch (error) {
      app.complain(asFault(error));
    } finally {
      size.value = undefined;
    }
  };
  return (
    <div class="data-row">
      <p class="aside">{t.settings.exportHint}</p>
      <Button disabled={size.value !== undefined} onClick={() => void start()}>
        <DownloadIcon />{size.value === undefined ? t.settings.export : t.settings.exporting(size.value)}
      </Button>
    </div>
  );
}

function DeleteAll({ onDone }: { onDone: () => void }) {
  const asking = useSignal(false);
  return (
    <div class="data-row">
      <p class="aside">{t.settings.deleteAllHint}</p>
      <Button tone="bad" onClick={() => (asking.value = true)}><TrashIcon />{t.settings.deleteAll}</Button>
      {asking.value && <Sure onClose={() => (asking.value = false)} onDone={onDone} />}
    </div>
  );
}

function Sure({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const app = useApp();
  const typed = useSignal("");
  const sure = typed.value.trim().toLowerCase() === t.settings.deleteAllWord;
  const submit = async (e: Event) => {
    e.preventDefault();
    if (!sure) return;
    onClose();
    if (await deleteAll(app)) onDone();
  };
  return (
    <Dialog title={t.settings.deleteAllSure} onClose={onClose}>
      <form onSubmit={(e) => void submit(e)}>
        <p>{t.settings.deleteAllText}</p>
        {app.settings.value.sync && <p>{t.settings.deleteAllSync}</p>}
        <div class="field">
          <label for="sure">{t.settings.deleteAllType(t.settings.deleteAllWord)}</label>
          <input id="sure" type="text" autocomplete="off" spellcheck={false} value={typed.value} onInput={(e) => (typed.value = e.currentTarget.value)} />
        </div>
        <div class="actions end">
          <Button tone="quiet" onClick={onClose}>{t.app.cancel}</Button>
          <Button tone="bad" type="submit" disabled={!sure}>{t.settings.deleteAll}</Button>
        </div>
      </form>
    </Dialog>
  );
}

// What the browser keeps goes at once, and not only once it is told.
async function startAnew(app: App): Promise<void> {
  await wipeCopy();
  if (copyWanted(app.guarded)) await startCopy();
}

async function deleteAll(app: App): Promise<boolean> {
  if (!(await app.attempt(app.client.call("data.deleteAll", {})))) return false;
  forgetDrafts();
  app.moving.forget();
  if (offersBuiltIn(app)) clearEngine();
  if (app.webApp) await app.attempt(startAnew(app));
  else await app.attempt(removeAll());
  app.thread.clear("");
  await app.attempt(app.refresh());
  app.notices.show(t.settings.deletedAll);
  return true;
}
