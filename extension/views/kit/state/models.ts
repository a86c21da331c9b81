import type { ServiceModel, ServiceView, Settings } from "../../../gen/wire";

/** Choice is a model on a service. */
export interface Choice {
  service: string;
  model: string;
}

/** chats tells whether a model can answer; one that only embeds can't. Without capabilities its name tells (service.Model.Embeds). */
export function chats(model: ServiceModel): boolean {
  const can = model.capabilities ?? [];
  if (can.length === 0) return !/embed|bert|minilm|bge-/i.test(`${model.name} ${model.family ?? ""}`);
  return can.includes("completion") || can.includes("chat");
}

/** modelsOf lists the models of a service that can answer. */
export function modelsOf(service: ServiceView): ServiceModel[] {
  return (service.health?.models ?? []).filter(chats);
}

/** choose picks the model to ask: the first wish that is still there, else whatever is ready. */
export function choose(services: ServiceView[], wishes: Partial<Choice>[], settings: Settings): Choice | undefined {
  const all = [...wishes, { service: settings.defaultService, model: settings.defaultModel }];
  for (const wish of all) {
    const service = services.find((s) => s.id === wish.service);
    if (!service || !wish.model) continue;
    if (service.health?.state !== "ready" || modelsOf(service).some((m) => m.name === wish.model)) {
      return { service: service.id, model: wish.model };
    }
  }
  return firstReady(services);
}

function firstReady(services: ServiceView[]): Choice | undefined {
  for (const service of services) {
    if (service.health?.state !== "ready") continue;
    const models = modelsOf(service);
    const model = models.find((m) => m.name === service.model) ?? models[0];
    if (model) return { service: service.id, model: model.name };
  }
  return undefined;
}
