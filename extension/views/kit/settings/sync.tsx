import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { LostText, SyncDevice, SyncState } from "../../../gen/wire";
import { ago, t } from "../../../strings";
import { change } from "../state/actions";
import { capital, sentence } from "../state/app";
import { Watched } from "../state/watched";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { Section } from "./section";

type Ask = (method: "sync.now" | "sync.remove" | "sync.allow" | "sync.restore" | "sync.discard", id?: string) => Promise<void>;

/** Sync shares the history with the other browsers around kai, and shows how that goes. */
export function Sync() {
  const app = useApp();
  const sync = useMemo(() => new Watched(() => app.client.call("sync.state", {})), [app]);
  const inBrowser = app.mode.value === "browser";
  const on = !inBrowser || Boolean(app.settings.value.sync);
  const joined = on && app.companion.value.state === "connected";
  useEffect(() => (joined ? sync.watch() : undefined), [joined, sync]);
  const ask: Ask = async (method, id) => {
    await app.attempt(app.client.call(method, (id ? { id } : {}) as never));
    await sync.look();
  };
  const state = joined ? sync.state.value : undefined;
  return (
    <Section title={t.sync.title} lead={inBrowser ? t.sync.lead : t.sync.leadKai}>
      {inBrowser && <Switch on={on} />}
      {on && (
        <div class="data-row">
          <p role="status">{joined ? <Going state={state} fault={sync.fault.value} /> : <><span class="dot" />{t.sync.away}</>}</p>
          {joined && <Button onClick={() => void ask("sync.now")}>{t.sync.now}</Button>}
        </div>
      )}
      {state && state.devices.length > 0 && <Devices state={state} ask={ask} onRenamed={() => void sync.look()} />}
      {state && state.lost.length > 0 && <Lost texts={state.lost} ask={ask} />}
    </Section>
  );
}

function Switch({ on }: { on: boolean }) {
  const app = useApp();
  return (
    <label class="check">
      <input type="checkbox" role="switch" checked={on} onChange={(e) => void change(app, { sync: e.currentTarget.checked })} />
      <span>{t.sync.toggle}</span>
    </label>
  );
}

// How it goes with this browser; in kai itself, with all of them.
function Going({ state, fault }: { state: SyncState | undefined; fault: { message: string; remedy?: string } | undefined }) {
  if (fault) return <><span class="dot warn" />{sentence(fault)}</>;
  if (!state) return <><span class="dot" />{t.sync.looking}</>;
  const mine = state.devices.filter((d) => (state.device ? d.id === state.device : d.connected));
  const failed = mine.find((d) => d.fault)?.fault;
  if (failed) return <><span class="dot warn" />{sentence(failed)}</>;
  if (mine.some((d) => d.removed)) return <><span class="dot warn" />{t.sync.removedHere}</>;
  const busy = mine.find((d) => d.of);
  if (busy) return <><span class="dot" />{t.sync.going(busy.done ?? 0, busy.of ?? 0)}</>;
  const last = mine.map((d) => d.last ?? "").sort().at(-1);
  if (!last) return <><span class="dot" />{mine.length ? t.sync.first : t.sync.alone}</>;
  const waiting = Math.max(...mine.map((d) => d.waiting ?? 0));
  if (waiting) return <><span class="dot" />{capital(t.sync.waiting(waiting))}.</>;
  return <><span class="dot good" />{t.sync.done(ago(last))}</>;
}

function Devices({ state, ask, onRenamed }: { state: SyncState; ask: Ask; onRenamed: () => void }) {
  return (
    <>
      <h3 class="section-part">{t.sync.devices}</h3>
      <ul class="cards">
        {state.devices.map((d) => <li key={d.id}><Device device={d} here={d.id === state.device} ask={ask} onRenamed={onRenamed} /></li>)}
      </ul>
    </>
  );
}

function Device({ device, here, ask, onRenamed }: { device: SyncDevice; here: boolean; ask: Ask; onRenamed: () => void }) {
  const renaming = useSignal(false);
  const removing = useSignal(false);
  return (
    <article class="card" aria-label={device.name}>
      <header>
        <div class="grow">
          <h3>{device.name}{here && <span class="aside"> {t.sync.here}</span>}</h3>
          <p class="aside">{about(device)}</p>
          {device.encrypted && <p class="aside">{t.sync.encrypted}</p>}
        </div>
      </header>
      <div class="actions">
        <Button tone="quiet" class="small" aria-label={t.sync.renameOf(device.name)} onClick={() => (renaming.value = true)}>{t.sync.rename}</Button>
        {device.removed
          ? <Button tone="quiet" class="small" aria-label={t.sync.allowOf(device.name)} onClick={() => void ask("sync.allow", device.id)}>{t.sync.allow}</Button>
          : <Button tone="quiet" class="small" aria-label={t.sync.removeOf(device.name)} onClick={() => (removing.value = true)}>{t.sync.remove}</Button>}
      </div>
      {renaming.value && <Rename device={device} onClose={() => (renaming.value = false)} onRenamed={onRenamed} />}
      {removing.value && (
        <Dialog title={t.sync.removeSure(device.name)} onClose={() => (removing.value = false)}>
          <p>{t.sync.removeText}</p>
          <div class="actions end">
            <Button tone="quiet" onClick={() => (removing.value = false)}>{t.app.cancel}</Button>
            <Button tone="bad" onClick={() => { removing.value = false; void ask("sync.remove", device.id); }}>{t.sync.remove}</Button>
          </div>
        </Dialog>
      )}
    </article>
  );
}

function about(device: SyncDevice): string {
  const parts = [device.removed ? t.sync.isRemoved : device.connected ? t.sync.connected : t.sync.isAway];
  if (device.last) parts.push(t.sync.last(ago(device.last)));
  if (device.waiting && !device.of) parts.push(t.sync.waiting(device.waiting));
  return parts.join(" · ");
}

function Rename({ device, onClose, onRenamed }: { device: SyncDevice; onClose: () => void; onRenamed: () => void }) {
  const app = useApp();
  const name = useSignal(device.name);
  const submit = async (e: Event) => {
    e.preventDefault();
    if (!(await app.attempt(app.client.call("sync.rename", { id: device.id, name: name.value })))) return;
    onClose();
    onRenamed();
  };
  return (
    <Dialog title={t.sync.renameOf(device.name)} onClose={onClose}>
      <form onSubmit={(e) => void submit(e)}>
        <Field label={t.sync.name}>
          {(control) => <input {...control} type="text" maxLength={80} value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} />}
        </Field>
        <div class="actions end">
          <Button tone="quiet" onClick={onClose}>{t.app.cancel}</Button>
          <Button tone="primary" type="submit" disabled={!name.value.trim()}>{t.app.save}</Button>
        </div>
      </form>
    </Dialog>
  );
}

function Lost({ texts, ask }: { texts: LostText[]; ask: Ask }) {
  return (
    <>
      <h3 class="section-part">{t.sync.lost}</h3>
      <p class="aside">{t.sync.lostLead}</p>
      <ul class="cards">
        {texts.map((text) => (
          <li key={text.id}>
            <article class="card" aria-label={t.sync.lostKind[text.kind] ?? text.kind}>
              <p class="quote clip-lines">{text.text}</p>
              <p class="aside">{t.sync.lostKind[text.kind] ?? text.kind} · {ago(text.written)}</p>
              <div class="actions">
                <Button tone="quiet" class="small" aria-label={t.sync.restoreOf(text.text)} onClick={() => void ask("sync.restore", text.id)}>{t.sync.restore}</Button>
                <Button tone="quiet" class="small" aria-label={t.sync.discardOf(text.text)} onClick={() => void ask("sync.discard", text.id)}>{t.sync.discard}</Button>
              </div>
            </article>
          </li>
        ))}
      </ul>
    </>
  );
}
