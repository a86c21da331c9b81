import type { ServiceHealth, ServiceState } from "../../../gen/wire";
import { t } from "../../../strings";
import { inWords } from "../../../strings/faults";

/** Target is a service whose state is shown, kept or not. */
export interface Target {
  /** Its id, once it is kept. */
  id?: string;
  name: string;
  kind: string;
  url: string;
  get: string;
  /** Whether it is one for answers; only there are models pulled. */
  answers?: boolean;
  health: ServiceHealth | undefined;
  /** Keeps it, if it is not yet, and gives its id: models are pulled onto services that are kept. */
  keep(): Promise<string>;
  /** Tries an address or key in place of the present one. */
  change(change: { url?: string; key?: string }): Promise<void>;
  again(): Promise<void>;
}

/** Remedy is the way out of a wrong state that its button offers. */
export type Remedy = "pull" | "fix" | "address" | "key" | "again";

/** remedies gives each state its ways out, the best one first. */
export function remedies(state: ServiceState, answers = true): Remedy[] {
  const table: Record<ServiceState, Remedy[]> = {
    ready: [],
    no_models: answers ? ["pull", "again"] : ["again"],
    offline: ["again", "address"],
    forbidden: ["fix", "again"],
    unauth: ["key"],
    locked: ["again", "key"],
    wrong: ["address", "again"],
    error: ["again"],
    timeout: ["again"],
  };
  return table[state];
}

/** getting says how to get a service of a kind: in the person's language where it is known, else as its connector does. */
export function getting(kind: string, get: string): string {
  return t.service.get[kind] ?? get;
}

/** explain says what a state means for a service, in one or two sentences. */
export function explain(name: string, url: string, health: ServiceHealth | undefined, answers = true): string {
  if (health?.state === "no_models" && !answers && health.detail) return inWords(health.detail);
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
