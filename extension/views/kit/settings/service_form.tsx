import { useSignal, useSignalEffect } from "@preact/signals";
import { asFault } from "../../../bridge/fault";
import type { Fault, ServiceHealth, ServiceView } from "../../../gen/wire";
import { t } from "../../../strings";
import { inWords } from "../../../strings/faults";
import { builtIn } from "../builtin/engine";
import { siteOf } from "../../../page/tab";
import { grant } from "../page/capture";
import { sentence, type App } from "../state/app";
import { Notice } from "../ui/banner";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { Linked } from "../ui/linked";
import { StateBadge } from "../welcome/health";
import { explain, getting } from "../welcome/state";
import { Purpose } from "./purpose";

interface Form {
  kind: string;
  name: string;
  url: string;
  key: string;
  forget: boolean;
  keepAlive: string;
}

interface Props {
  service?: ServiceView;
  /** What to do with the service that was kept, before the form closes. */
  onSaved?: (service: ServiceView) => Promise<void>;
  onClose: () => void;
}

/** ServiceForm adds a service or edits one. What it tests is what is in the form; nothing is kept before Save. */
export function ServiceForm({ service, onSaved, onClose }: Props) {
  const app = useApp();
  const kinds = app.kinds.value.filter((k) => k.kind !== builtIn || service); // that one has no address
  const first = kinds[0];
  const form = useSignal<Form>({
    kind: service?.kind ?? first?.kind ?? "", name: service?.name ?? first?.name ?? "", url: service?.url ?? first?.defaultUrl ?? "",
    key: "", forget: false, keepAlive: service?.keepAlive ?? "",
  });
  const health = useSignal<ServiceHealth | undefined>(undefined);
  const busy = useSignal(false);
  const fault = useSignal<Fault | undefined>(undefined);
  const checked = useSignal(false);
  const set = (some: Partial<Form>) => {
    form.value = { ...form.peek(), ...some };
    health.value = undefined;
    fault.value = undefined;
  };
  useSignalEffect(() => { // a form that was opened before the program answered knew no kinds
    const late = app.kinds.value[0];
    if (late && form.peek().kind === "") set(defaults(app.kinds.value, late.kind, form.peek()));
  });
  const run = async (work: () => Promise<void>) => {
    checked.value = true;
    if (wrongName(form.peek()) || wrongURL(form.peek())) return;
    busy.value = true;
    fault.value = undefined;
    if (isElsewhere(app, form.peek().url)) await grant([siteOf(form.peek().url)]).catch(() => false); // in the click itself; refused, the server may let it in all the same
    await work().catch((error: unknown) => (fault.value = asFault(error).fault));
    busy.value = false;
  };
  const test = () => run(async () => {
    const { kind, url } = form.peek();
    health.value = await app.client.call("service.test", { id: service?.id, kind, url: tidyURL(url), key: keyOf(form.peek()) });
  });
  const save = () => run(async () => {
    const { kind, name, url, keepAlive } = form.peek();
    const put = { id: service?.id, kind, name: name.trim(), url: tidyURL(url), key: keyOf(form.peek()), keepAlive };
    const kept = await app.client.call(service ? "service.update" : "service.add", put);
    app.putService(kept);
    await onSaved?.(kept);
    onClose();
  });
  const f = form.value;
  const chosen = kinds.find((k) => k.kind === f.kind);
  return (
    <Dialog title={service ? t.settings.editTitle(service.name) : t.settings.addTitle} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); void save(); }}>
        <Field label={t.settings.kind}>
          {(c) => (
            <select {...c} value={f.kind} disabled={service !== undefined} onChange={(e) => set(defaults(kinds, e.currentTarget.value, f))}>
              {Object.entries(t.settings.categories).map(([category, label]) => (
                <optgroup key={category} label={label}>
                  {kinds.filter((k) => (k.category ?? "") === category).map((k) => <option key={k.kind} value={k.kind}>{k.name}</option>)}
                </optgroup>
              ))}
            </select>
          )}
        </Field>
        <Field label={t.settings.name} wrong={checked.value ? wrongName(f) : undefined}>
          {(c) => <input type="text" {...c} value={f.name} onInput={(e) => set({ name: e.currentTarget.value })} />}
        </Field>
        <Field label={t.settings.url} hint={t.settings.urlHint} wrong={checked.value ? wrongURL(f) : undefined}>
          {(c) => <input type="url" spellcheck={false} autocomplete="off" autofocus onFocus={(e) => e.currentTarget.select()} {...c} value={f.url} onInput={(e) => set({ url: e.currentTarget.value })} />}
        </Field>
        {!wrongURL(f) && isElsewhere(app, f.url) && <p class="aside">{t.settings.urlLeave(new URL(f.url.trim()).host)}</p>}
        {chosen?.category && <Purpose kind={chosen} />}
        {chosen?.cloud && !chosen.category && <p class="aside">{t.settings.cloud(chosen.name)}</p>}
        {chosen && (chosen.cloud || chosen.category) && <p class="aside"><Linked text={getting(chosen.kind, chosen.get)} /></p>}
        <KeyField form={f} wanted={chosen?.cloud ?? false} stored={service?.hasKey ?? false} set={set} />
        {chosen?.can.includes("manage_models") && <KeepAliveField form={f} set={set} />}
        <Outcome health={health.value} name={f.name} url={f.url} answers={!chosen?.category} fault={fault.value} />
        <div class="actions end">
          <Button tone="quiet" class="push" disabled={busy.value} onClick={() => void test()}>{busy.value ? t.settings.testing : t.settings.test}</Button>
          <Button tone="quiet" onClick={onClose}>{t.app.cancel}</Button>
          <Button tone="primary" type="submit" disabled={busy.value}>{t.app.save}</Button>
        </div>
      </form>
    </Dialog>
  );
}

function KeyField({ form, wanted, stored, set }: { form: Form; wanted: boolean; stored: boolean; set: (some: Partial<Form>) => void }) {
  const shown = useSignal(false);
  const inVault = useApp().mode.value === "standalone";
  const empty = inVault ? t.settings.keyHintVault : wanted ? undefined : t.settings.keyHint;
  return (
    <>
      <Field label={t.settings.key} hint={stored ? t.settings.keyKept : empty}>
        {(c) => (
          <div class="with-button">
            <input
              type={(shown.value ? "text" : "password") as "text"} autocomplete="off" spellcheck={false} {...c} disabled={form.forget}
              placeholder={stored ? "••••••••" : ""} value={form.key} onInput={(e) => set({ key: e.currentTarget.value })}
            />
            <Button tone="quiet" aria-pressed={shown.value} onClick={() => (shown.value = !shown.value)}>{shown.value ? t.settings.hide : t.settings.show}</Button>
          </div>
        )}
      </Field>
      {stored && (
        <label class="check"><input type="checkbox" checked={form.forget} onChange={(e) => set({ forget: e.currentTarget.checked })} /> {t.settings.keyRemove}</label>
      )}
    </>
  );
}

// A time that was set elsewhere is kept as it is.
function KeepAliveField({ form, set }: { form: Form; set: (some: Partial<Form>) => void }) {
  const usual = Object.entries(t.installed.keeps);
  if (!(form.keepAlive in t.installed.keeps)) usual.push([form.keepAlive, form.keepAlive]);
  return (
    <Field label={t.installed.keep} hint={t.installed.keepHint}>
      {(c) => (
        <select {...c} value={form.keepAlive} onChange={(e) => set({ keepAlive: e.currentTarget.value })}>
          {usual.map(([value, label]) => <option key={value} value={value}>{label}</option>)}
        </select>
      )}
    </Field>
  );
}

function Outcome(props: { health: ServiceHealth | undefined; name: string; url: string; answers: boolean; fault: Fault | undefined }) {
  if (props.fault) return <Notice tone="bad">{sentence(props.fault)}</Notice>;
  const { health } = props;
  if (!health) return null;
  return (
    <div class="tested" role="status">
      <StateBadge health={health} />
      <p>{explain(props.name, props.url, health, props.answers)} {found(health, props.answers)}</p>
    </div>
  );
}

function found(health: ServiceHealth, answers: boolean): string {
  if (health.state === "ready") return answers ? t.welcome.models(health.models?.length ?? 0) : "";
  return health.state === "no_models" && !answers ? "" : inWords(health.detail ?? ""); // explain has said it
}

type Kinds = ReturnType<typeof useApp>["kinds"]["value"];

// Choosing another kind offers its name and address, unless the person wrote their own.
function defaults(kinds: Kinds, kind: string, form: Form): Partial<Form> {
  const old = kinds.find((k) => k.kind === form.kind);
  const next = kinds.find((k) => k.kind === kind);
  return {
    kind,
    name: form.name === "" || form.name === old?.name ? next?.name ?? "" : form.name,
    url: form.url === "" || form.url === old?.defaultUrl ? next?.defaultUrl ?? "" : form.url,
  };
}

// An absent key is kept as it is, an empty one is removed.
function keyOf(form: Form): string | undefined {
  if (form.forget) return "";
  return form.key === "" ? undefined : form.key;
}

function wrongName(form: Form): string | undefined {
  return form.name.trim() ? undefined : t.settings.needName;
}

function wrongURL(form: Form): string | undefined {
  return /^https?:\/\/./i.test(form.url.trim()) && URL.canParse(form.url.trim()) ? undefined : t.settings.needUrl;
}

// Whether the browser lets the extension ask this address only with the person's leave. kai asks by itself.
function isElsewhere(app: App, url: string): boolean {
  if (app.webApp || app.companion.value.state === "connected" || !URL.canParse(url.trim())) return false;
  return !["localhost", "127.0.0.1"].includes(new URL(url.trim()).hostname);
}

function tidyURL(url: string): string {
  return url.trim().replace(/\/+$/, "");
}
