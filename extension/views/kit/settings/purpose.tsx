import type { ServiceKind } from "../../../gen/wire";
import { t } from "../../../strings";

/** Purpose says what a service that gives no answers is for. */
export function Purpose({ kind }: { kind: ServiceKind }) {
  const words = t.settings.purpose[kind.category ?? ""];
  return words ? <p class="aside">{words((kind.can ?? []).length > 0)}</p> : null;
}
