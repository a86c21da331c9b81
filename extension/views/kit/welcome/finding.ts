import { signal } from "@preact/signals";
import { asFault, type FaultError } from "../../../bridge/fault";
import type { DiscoveredService } from "../../../gen/wire";
import { change } from "../state/actions";
import type { App } from "../state/app";
import { modelsOf } from "../state/models";
import type { Target } from "./state";

/** Finding is the search for model servers on this computer. */
export class Finding {
  readonly services = signal<DiscoveredService[] | undefined>(undefined);
  readonly busy = signal(false);
  readonly fault = signal<FaultError | undefined>(undefined);

  constructor(private readonly app: App) {}

  /** look asks each kind of service at its usual address. What is on the screen stays until the answer is there. */
  async look(): Promise<void> {
    this.busy.value = true;
    this.fault.value = undefined;
    try {
      const found = await this.app.client.call("service.discover", {});
      this.services.value = found.services ?? [];
    } catch (error) {
      this.fault.value = asFault(error);
    } finally {
      this.busy.value = false;
    }
  }

  /** use connects a service with a model as the default, which ends the first run. */
  async use(service: DiscoveredService, model: string): Promise<void> {
    await this.app.attempt(this.keep(service).then((id) =>
      change(this.app, { welcomed: true, defaultService: id, defaultModel: model || modelsOf(asView(service))[0]?.name }),
    ));
  }

  /** target is a found service as the help for wrong states wants it. */
  target(service: DiscoveredService): Target {
    return {
      ...service,
      id: service.added,
      keep: () => this.keep(service),
      change: (some) => this.try(service, some),
      again: () => this.try(service, {}),
    };
  }

  private async keep(service: DiscoveredService): Promise<string> {
    if (service.added) return service.added;
    const { kind, name, url } = service;
    const view = await this.app.client.call("service.add", { kind, name, url });
    this.app.putService(view);
    this.replace(service, { ...service, added: view.id });
    return view.id;
  }

  // Another address or a key is tried first, and kept only when something useful answers there.
  private async try(service: DiscoveredService, some: { url?: string; key?: string }): Promise<void> {
    const url = some.url ?? service.url;
    const { kind, name } = service;
    await this.app.attempt((async () => {
      const health = await this.app.client.call("service.test", { kind, url, key: some.key, id: service.added });
      const tried = { ...service, url, health };
      this.replace(service, tried);
      if (some.key === undefined || (health.state !== "ready" && health.state !== "no_models")) return;
      const view = await this.app.client.call("service.add", { kind, name, url, key: some.key });
      this.app.putService(view);
      this.replace(tried, { ...tried, added: view.id });
    })());
  }

  private replace(old: DiscoveredService, next: DiscoveredService): void {
    this.services.value = (this.services.peek() ?? []).map((s) => (s.kind === old.kind && s.name === old.name ? next : s));
  }
}

/** asView reads a found service as a connected one. */
export function asView(service: DiscoveredService) {
  return { id: service.added ?? "", kind: service.kind, name: service.name, url: service.url, health: service.health };
}
