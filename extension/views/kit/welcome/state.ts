import type { ServiceHealth, ServiceState } from "../../../gen/wire";
import { t } from "../../../strings";

/** Remedy is the way out of a wrong state that its button offers. */
export type Remedy = "pull" | "fix" | "address" | "key" | "again";

/** remedies gives each state its ways out, the best one first. */
export function remedies(state: ServiceState): Remedy[] {
  const table: Record<ServiceState, Remedy[]> = {
    ready: [],
    no_models: ["pull", "again"],
    offline: ["again", "address"],
    forbidden: ["fix", "again"],
    unauth: ["key"],
    wrong: ["address", "again"],
    error: ["again"],
    timeout: ["again"],
  };
  return table[state];
}

/** explain says what a state means for a service, in one or two sentences. */
export function explain(name: string, url: string, health: ServiceHealth | undefined): string {
  if (!health) return t.service.help.unknown(name);
  return t.service.help[health.state](name, url);
}

/** remedyName is what the button of a remedy says. */
export function remedyName(remedy: Remedy): string {
  const table: Record<Remedy, string> = {
    pull: t.service.pull, fix: t.service.howToFix, address: t.service.changeAddress, key: t.service.enterKey, again: t.app.tryAgain,
  };
  return table[remedy];
}
