import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { DiscoveredService, ServiceView } from "../../../gen/wire";
import { t } from "../../../strings";
import { Begin } from "../builtin/begin";
import { ServiceForm } from "../settings/service_form";
import { change } from "../state/actions";
import { sentence, type App } from "../state/app";
import { modelsOf } from "../state/models";
import { Button } from "../ui/button";
import { Notice } from "../ui/banner";
import { useApp } from "../ui/context";
import { Mark } from "../ui/icons";
import { asView, Finding } from "./finding";
import { HealthHelp, StateBadge } from "./health";

/** Welcome is the first run: what answers on this computer, and what to do about what does not. Its buttons stay where they are while that is found out. */
export function Welcome() {
  const app = useApp();
  const finding = useMemo(() => new Finding(app), []);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    void finding.look();
  }, []);
  const adding = useSignal(false);
  const skip = () => void change(app, { welcomed: true });
  return (
    <>
      <div class="page welcome">
        <div class="page-inner">
          <Mark />
          <h1 ref={heading} tabIndex={-1}>{t.welcome.title}</h1>
          <p class="lead">{t.welcome.lead}</p>
          <Results finding={finding} />
          {(finding.services.value || finding.fault.value) && <Begin />}
          <p class="aside">{t.welcome.privacy}</p>
          {adding.value && <ServiceForm onSaved={(s) => begin(app, s)} onClose={() => (adding.value = false)} />}
        </div>
      </div>
      <div class="page-foot">
        <div class="actions">
          <Button disabled={finding.busy.value} onClick={() => void finding.look()}>{t.welcome.again}</Button>
          <Button tone="quiet" onClick={() => (adding.value = true)}>{t.welcome.other}</Button>
          <Button tone="quiet" onClick={skip}>{t.welcome.skip}</Button>
        </div>
      </div>
    </>
  );
}

// A service that answers is all that a chat needs; with any other the settings say what is wrong with it and what to do.
async function begin(app: App, { id }: ServiceView): Promise<void> {
  await app.attempt(app.client.call("service.probe", { id }).then((seen) => {
    app.putService(seen);
    if (seen.health?.state !== "ready") app.screen.value = "settings";
  }));
  await change(app, { welcomed: true });
}

function Results({ finding }: { finding: Finding }) {
  const services = finding.services.value;
  if (finding.fault.value) return <Notice tone="bad">{t.welcome.lookFailed} {sentence(finding.fault.value)}</Notice>;
  if (!services) return <p class="looking" role="status">{t.welcome.looking}</p>;
  const running = services.filter((s) => s.health.state !== "offline");
  const absent = services.filter((s) => s.health.state === "offline");
  return (
    <div aria-busy={finding.busy.value}>
      {running.length > 0 && <Group title={t.welcome.found} services={running} finding={finding} />}
      {running.length === 0 && <Group title={t.welcome.notFound} services={absent.slice(0, 1)} finding={finding} />}
      <Others services={running.length === 0 ? absent.slice(1) : absent} finding={finding} />
    </div>
  );
}

// Whoever has a model server needs no advice on how to get the others, and who has none begins with the first.
function Others({ services, finding }: { services: DiscoveredService[]; finding: Finding }) {
  if (services.length === 0) return null;
  return (
    <details class="others">
      <summary>{t.welcome.others(services.map((s) => s.name))}</summary>
      <Cards services={services} finding={finding} />
    </details>
  );
}

function Group({ title, services, finding }: { title: string; services: DiscoveredService[]; finding: Finding }) {
  return (
    <section>
      <h2 class="group-title">{title}</h2>
      <Cards services={services} finding={finding} />
    </section>
  );
}

function Cards({ services, finding }: { services: DiscoveredService[]; finding: Finding }) {
  return (
    <ul class="cards">
      {services.map((s) => <li key={`${s.kind} ${s.name}`}><Card service={s} finding={finding} /></li>)}
    </ul>
  );
}

function Card({ service, finding }: { service: DiscoveredService; finding: Finding }) {
  const models = modelsOf(asView(service));
  const model = useSignal(models[0]?.name ?? "");
  const busy = useSignal(false);
  const use = async () => {
    busy.value = true;
    await finding.use(service, model.peek());
    busy.value = false;
  };
  return (
    <article class="card" aria-label={service.name}>
      <header>
        <div class="grow">
          <h3>{service.name}</h3>
          <p class="aside clip"><bdi>{service.url.replace(/^https?:\/\//, "")}</bdi>{models.length > 0 && ` · ${t.welcome.models(models.length)}`}</p>
        </div>
        <StateBadge health={service.health} />
      </header>
      {service.health.state === "ready" && (
        <div class="use">
          <select aria-label={t.welcome.modelOf(service.name)} value={model.value} onChange={(e) => (model.value = e.currentTarget.value)}>
            {models.map((m) => <option key={m.name} value={m.name}>{m.name}</option>)}
          </select>
          <Button tone="primary" disabled={busy.value} aria-label={t.welcome.useOf(service.name)} onClick={() => void use()}>{t.welcome.use}</Button>
        </div>
      )}
      <HealthHelp target={finding.target(service)} />
    </article>
  );
}
