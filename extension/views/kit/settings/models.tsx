import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asFault } from "../../../bridge/fault";
import type { ServiceModel, ServiceView } from "../../../gen/wire";
import type { Model } from "../../../engine/contract";
import { t } from "../../../strings";
import { builtIn, useEngine } from "../builtin/engine";
import { Files } from "../builtin/files";
import { sentence } from "../state/app";
import { Notice } from "../ui/banner";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { PullModel } from "../welcome/pull_model";
import type { Target } from "../welcome/state";

interface Props {
  service: ServiceView;
  target: Target;
  onClose: () => void;
}

/** Models shows what is installed on a service and what of it is in memory; models are pulled, unloaded and removed here. */
export function Models({ service, target, onClose }: Props) {
  const app = useApp();
  const running = useSignal<ServiceModel[]>([]);
  const wrong = useSignal("");
  const pull = useRef<HTMLDivElement>(null);
  const look = async () => {
    try {
      running.value = (await app.client.call("model.running", { id: service.id })).models ?? [];
      wrong.value = "";
    } catch (error) {
      wrong.value = sentence(asFault(error));
    }
  };
  useEffect(() => void look(), []);
  const models = service.health?.models ?? [];
  const engine = useEngine(service.kind === builtIn);
  const kept = engine?.state.value?.models;
  return (
    <Dialog title={t.installed.title(service.name)} onClose={onClose}>
      {wrong.value && <Notice tone="bad">{wrong.value}</Notice>}
      {models.length === 0 && <p class="aside">{t.installed.none}</p>}
      <ul class="cards">
        {models.map((m) => (
          <li key={m.name}>
            <Installed service={service} model={m} kept={kept?.find((k) => k.name === m.name)} running={running.value.find((r) => r.name === m.name)} onChange={look} onGone={() => pull.current?.querySelector("input")?.focus()} />
          </li>
        ))}
      </ul>
      <div ref={pull}>{engine ? <Files engine={engine} onHere={() => target.again()} /> : <PullModel target={target} />}</div>
      <div class="actions end"><Button onClick={onClose}>{t.app.close}</Button></div>
    </Dialog>
  );
}

interface InstalledProps {
  service: ServiceView;
  model: ServiceModel;
  /** The file of a model inside the browser. */
  kept: Model | undefined;
  running: ServiceModel | undefined;
  onChange: () => Promise<void>;
  onGone: () => void;
}

function Installed({ service, model, kept, running, onChange, onGone }: InstalledProps) {
  const app = useApp();
  const busy = useSignal(false);
  const open = useSignal(false);
  const removing = useSignal(false);
  const ref = { service: service.id, model: model.name };
  const act = async (method: "model.unload" | "model.delete") => {
    busy.value = true;
    const done = await app.attempt(app.client.call(method, ref));
    if (done) await onChange();
    busy.value = false;
    if (done && method === "model.delete") onGone();
  };
  return (
    <article class="card" aria-label={model.name}>
      <header>
        <div class="grow">
          <h3>{model.name}</h3>
          <p class="aside">{[model.parameters, model.quantization, model.size ? t.installed.size(model.size) : ""].filter(Boolean).join(" · ")}</p>
        </div>
        {running && <span class="badge good">{t.installed.loaded}</span>}
      </header>
      {running && <p class="aside">{t.installed.holds(running.size ?? 0, running.memory ?? 0, running.until)}</p>}
      {open.value && <Details of={ref} kept={kept} />}
      {removing.value ? (
        <div class="actions" role="group" aria-label={t.installed.removeSure(model.name)}>
          <p class="aside">{t.installed.removeSure(model.name)}</p>
          <Button tone="quiet" class="small" onClick={() => (removing.value = false)}>{t.app.cancel}</Button>
          <Button tone="bad" class="small" autofocus disabled={busy.value} onClick={() => void act("model.delete")}>{t.installed.remove}</Button>
        </div>
      ) : (
        <div class="actions">
          <Button tone="quiet" class="small" aria-expanded={open.value} aria-label={t.installed.detailsOf(model.name)} onClick={() => (open.value = !open.value)}>{t.installed.details}</Button>
          {running && <Button tone="quiet" class="small" disabled={busy.value} aria-label={t.installed.unloadOf(model.name)} onClick={() => void act("model.unload")}>{t.installed.unload}</Button>}
          <Button tone="quiet" class="small" disabled={busy.value} aria-label={t.installed.removeOf(model.name)} onClick={() => (removing.value = true)}>{t.installed.remove}</Button>
        </div>
      )}
    </article>
  );
}

// What the service itself says of a model.
function Details({ of, kept }: { of: { service: string; model: string }; kept: Model | undefined }) {
  const app = useApp();
  const shown = useSignal<ServiceModel | undefined>(undefined);
  const wrong = useSignal("");
  useEffect(() => {
    app.client.call("model.show", of).then((m) => (shown.value = m)).catch((error: unknown) => (wrong.value = sentence(asFault(error))));
  }, []);
  if (wrong.value) return <Notice tone="bad">{wrong.value}</Notice>;
  const m = shown.value;
  if (!m) return <p class="aside" role="status">{t.installed.asking}</p>;
  const facts: [string, string | undefined][] = [
    [t.installed.family, m.family], [t.installed.parameters, m.parameters], [t.installed.quantization, m.quantization],
    [t.installed.window, m.context ? t.installed.tokens(m.context) : undefined], [t.installed.can, m.capabilities?.join(", ")],
    [t.builtIn.hash, kept?.sha256], [t.builtIn.source, kept?.address],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => value && [<dt key={name}>{name}</dt>, <dd key={`${name} value`}>{value}</dd>])}
    </dl>
  );
}
