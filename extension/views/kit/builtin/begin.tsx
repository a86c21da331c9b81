import { t } from "../../../strings";
import { change } from "../state/actions";
import type { App } from "../state/app";
import { modelsOf } from "../state/models";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { builtIn, useEngine } from "./engine";
import { Files } from "./files";

/** offersBuiltIn tells whether models can run inside this browser. */
export function offersBuiltIn(app: App): boolean {
  return app.kinds.value.some((k) => k.kind === builtIn);
}

/** connectBuiltIn connects the models inside the browser, unless they are. */
export async function connectBuiltIn(app: App): Promise<void> {
  const kind = app.kinds.peek().find((k) => k.kind === builtIn);
  if (!kind || app.services.peek().some((s) => s.kind === builtIn)) return;
  await app.attempt(app.client.call("service.add", { kind: kind.kind, name: t.builtIn.name, url: kind.defaultUrl }).then((v) => app.putService(v)));
}

/** Begin is how a person without a model server comes to a model on the first run. */
export function Begin() {
  const app = useApp();
  const service = app.services.value.find((s) => s.kind === builtIn);
  if (!offersBuiltIn(app)) return null;
  const model = service && modelsOf(service)[0];
  return (
    <section>
      <h2 class="group-title">{t.builtIn.title}</h2>
      <article class="card" aria-label={t.builtIn.name}>
        <p>{t.builtIn.lead}</p>
        {model && service && (
          <div class="actions">
            <Button tone="primary" onClick={() => void change(app, { welcomed: true, defaultService: service.id, defaultModel: model.name })}>{t.welcome.useOf(model.name)}</Button>
          </div>
        )}
        {service ? <Add again={() => probe(app, service.id)} /> : <div class="actions"><Button onClick={() => void connectBuiltIn(app)}>{t.builtIn.start}</Button></div>}
      </article>
    </section>
  );
}

async function probe(app: App, id: string): Promise<void> {
  await app.attempt(app.client.call("service.probe", { id }).then((v) => app.putService(v)));
}

/** Add brings models to the service that runs inside the browser. */
export function Add({ again }: { again: () => Promise<void> }) {
  return <Files engine={useEngine(true)!} onHere={again} />;
}
