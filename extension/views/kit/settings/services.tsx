import { useSignal } from "@preact/signals";
import type { ServiceKind, ServiceView } from "../../../gen/wire";
import { t } from "../../../strings";
import { connectBuiltIn, offersBuiltIn } from "../builtin/begin";
import { builtIn, clearEngine } from "../builtin/engine";
import { change } from "../state/actions";
import { modelsOf } from "../state/models";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { HealthHelp, StateBadge } from "../welcome/health";
import type { Target } from "../welcome/state";
import { Models } from "./models";
import { Purpose } from "./purpose";
import { Section } from "./section";
import { ServiceForm } from "./service_form";

// Where the focus goes when the service that had it is gone.
const addID = "add-service";

/** Services lists the connected services and lets them be added, tested, edited and removed. */
export function Services() {
  const app = useApp();
  const adding = useSignal(false);
  const begun = async () => {
    if (!app.settings.peek().welcomed) await change(app, { welcomed: true });
  };
  return (
    <Section title={t.settings.services} lead={t.settings.servicesLead}>
      {app.services.value.length === 0 && <p class="aside">{t.settings.noServices}</p>}
      <ul class="cards">
        {app.services.value.map((s) => <li key={s.id}><ServiceCard service={s} /></li>)}
      </ul>
      <div class="actions">
        <Button id={addID} onClick={() => (adding.value = true)}>{t.settings.add}</Button>
        {offersBuiltIn(app) && !app.services.value.some((s) => s.kind === builtIn) && (
          <Button onClick={() => void connectBuiltIn(app).then(begun)}>{t.builtIn.start}</Button>
        )}
      </div>
      {adding.value && <ServiceForm onSaved={begun} onClose={() => (adding.value = false)} />}
    </Section>
  );
}

function ServiceCard({ service }: { service: ServiceView }) {
  const app = useApp();
  const busy = useSignal(false);
  const editing = useSignal(false);
  const managing = useSignal(false);
  const removing = useSignal(false);
  const kind = app.kinds.value.find((k) => k.kind === service.kind);
  const can = kind?.can ?? [];
  const test = async () => {
    busy.value = true;
    await app.attempt(app.client.call("service.probe", { id: service.id }).then((v) => app.putService(v)));
    busy.value = false;
  };
  return (
    <article class="card" aria-label={service.name}>
      <header>
        <div class="grow">
          <h3>{service.name}</h3>
          <p class="aside">{service.kind === builtIn ? t.builtIn.about : <bdi>{service.url.replace(/^https?:\/\//, "")}</bdi>}{about(service, kind)}</p>
          {kind && <Purpose kind={kind} />}
        </div>
        <StateBadge health={service.health} busy={busy.value} />
      </header>
      <HealthHelp target={targetOf(app, service, test)} />
      <div class="actions">
        <Button tone="quiet" class="small" disabled={busy.value} aria-label={t.settings.testOf(service.name)} onClick={() => void test()}>{t.settings.test}</Button>
        {can.includes("manage_models") && (
          <Button tone="quiet" class="small" aria-label={t.installed.openOf(service.name)} onClick={() => (managing.value = true)}>{t.installed.open}</Button>
        )}
        {kind?.page && <a class="button quiet small" href={service.url} target="_blank" rel="noreferrer" aria-label={t.settings.pageOf(service.name)}>{t.settings.page}</a>}
        {service.kind !== builtIn && (
          <Button tone="quiet" class="small" aria-label={t.settings.editOf(service.name)} onClick={() => (editing.value = true)}>{t.settings.edit}</Button>
        )}
        <Button tone="quiet" class="small" aria-label={t.settings.removeOf(service.name)} onClick={() => (removing.value = true)}>{t.settings.remove}</Button>
      </div>
      {editing.value && <ServiceForm service={service} onClose={() => (editing.value = false)} />}
      {managing.value && <Models service={service} target={targetOf(app, service, test)} onClose={() => (managing.value = false)} />}
      {removing.value && <RemoveService service={service} onClose={() => (removing.value = false)} />}
    </article>
  );
}

// What is known of it, after its address.
function about(service: ServiceView, kind: ServiceKind | undefined): string {
  const { health } = service;
  const parts = [""];
  if (health?.state === "ready" && !kind?.category) parts.push(t.welcome.models(modelsOf(service).length));
  if (health?.version) parts.push(t.service.details(health.version));
  if (health?.via && service.kind !== builtIn) parts.push(t.service.via[health.via] ?? health.via);
  return parts.join(" · ");
}

function targetOf(app: ReturnType<typeof useApp>, service: ServiceView, test: () => Promise<void>): Target {
  const kind = app.kinds.value.find((k) => k.kind === service.kind);
  const put = async (some: { url?: string; key?: string }) => {
    const { id, kind, name, url } = service;
    await app.attempt(app.client.call("service.update", { id, kind, name, url, ...some }).then((v) => app.putService(v)));
    await test();
  };
  return { ...service, health: service.health, get: kind?.get ?? "", answers: !kind?.category, keep: () => Promise.resolve(service.id), change: put, again: test };
}

function RemoveService({ service, onClose }: { service: ServiceView; onClose: () => void }) {
  const app = useApp();
  const remove = async () => {
    onClose();
    const done = await app.attempt(app.client.call("service.remove", { id: service.id }));
    if (!done) return;
    if (service.kind === builtIn) clearEngine();
    app.services.value = app.services.peek().filter((s) => s.id !== service.id);
    document.getElementById(addID)?.focus();
  };
  return (
    <Dialog title={t.settings.removeSure(service.name)} onClose={onClose}>
      <p>{service.kind === builtIn ? t.builtIn.removeSureText : t.settings.removeSureText}</p>
      <div class="actions end">
        <Button tone="quiet" onClick={onClose}>{t.app.cancel}</Button>
        <Button tone="bad" onClick={() => void remove()}>{t.settings.remove}</Button>
      </div>
    </Dialog>
  );
}
