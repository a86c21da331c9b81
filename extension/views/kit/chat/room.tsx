import { t } from "../../../strings";
import { useApp } from "../ui/context";

const worthTelling = 50; // percent

/** Room tells how full the model's context window is, once that begins to matter. */
export function Room() {
  const app = useApp();
  const percent = app.room.value?.percent ?? 0;
  if (percent < worthTelling) return null;
  return <span class="aside" title={t.chat.roomHint}>{t.chat.room(percent)}</span>;
}
