import { t } from "../../../strings";
import { saying } from "../conversation/summing";
import { summed } from "../state/context_window";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";

const worthTelling = 50; // percent

/** Room tells how full the model's context window is, once that begins to matter, and offers to sum up what is old. */
export function Room() {
  const app = useApp();
  const progress = app.summing.progress.value;
  if (progress) return <Button tone="quiet" class="small" title={t.summary.title} onClick={() => (app.summing.shown.value = true)}>{saying(progress)}</Button>;
  const percent = app.room.value?.percent ?? 0;
  if (percent < worthTelling) return null;
  return <Button tone="quiet" class="small" title={t.chat.roomHint} onClick={() => (app.summing.shown.value = true)}>{t.chat.room(percent)}</Button>;
}

/** ReadFrom stands before the first message that the model reads, and says what became of those above it. */
export function ReadFrom() {
  const app = useApp();
  const cut = app.room.value?.cut ?? 0;
  const stands = cut > 0 && cut === summed(app.thread.turns.value, app.current.value?.summary);
  return (
    <div class="cut aside" role="note">
      <p>{stands ? t.summary.stands : t.chat.notRead} <Button tone="quiet" class="small" onClick={() => (app.summing.shown.value = true)}>{stands ? t.summary.show : t.summary.write}</Button></p>
    </div>
  );
}
