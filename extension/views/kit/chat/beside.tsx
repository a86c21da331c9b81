import { t } from "../../../strings";
import { choose } from "../state/actions";
import type { Turn } from "../state/path";
import { IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { BackIcon, ForthIcon } from "../ui/icons";

/** Beside goes from a message to those that stand beside it: other wordings of a question, other answers. */
export function Beside({ turn }: { turn: Turn }) {
  const app = useApp();
  const { entry, beside } = turn;
  if (beside.length < 2) return null;
  const at = beside.indexOf(entry);
  const go = (to: number) => {
    const next = beside[to];
    if (next) void choose(app, next.id).then(() => keepFocus(next.id, to > at));
  };
  return (
    <span class="beside" role="group" aria-label={t.chat.versions}>
      <IconButton class="small" label={t.chat.earlierVersion} disabled={at === 0} onClick={() => go(at - 1)}><BackIcon /></IconButton>
      <span>{t.chat.versionOf(at + 1, beside.length)}</span>
      <IconButton class="small" label={t.chat.laterVersion} disabled={at === beside.length - 1} onClick={() => go(at + 1)}><ForthIcon /></IconButton>
    </span>
  );
}

// The message that is gone from the screen had the focus; the one in its place gets it, or the other button at an end.
function keepFocus(id: string, forth: boolean): void {
  requestAnimationFrame(() => {
    if (document.activeElement && document.activeElement !== document.body) return;
    const buttons = [...document.querySelectorAll<HTMLButtonElement>(`#m-${CSS.escape(id)} .beside button`)];
    if (forth) buttons.reverse();
    buttons.find((b) => !b.disabled)?.focus();
  });
}
