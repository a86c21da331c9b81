import { useSignal } from "@preact/signals";
import { copyRuns, copyWanted, startCopy, wantCopy, wipeCopy } from "../../../bridge/copy";
import { asFault } from "../../../bridge/fault";
import { signOut } from "../../../bridge/socket";
import { t } from "../../../strings";
import { sentence } from "../state/app";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { Section } from "./section";

/** Copy is what the browser keeps of the web app's kai, and how to have it keep nothing. */
export function Copy() {
  const app = useApp();
  if (!app.webApp) return null;
  return (
    <Section title={t.copy.title} lead={copyRuns() ? t.copy.lead : t.copy.cannot}>
      {copyRuns() && <Switch />}
      {app.guarded && <p class="aside">{t.copy.guarded}</p>}
      {!app.away.value && <SignOut />}
    </Section>
  );
}

function Switch() {
  const app = useApp();
  const on = useSignal(app.away.peek() || copyWanted(app.guarded));
  const asking = useSignal(false);
  const keep = async (wanted: boolean) => {
    on.value = wanted;
    wantCopy(wanted);
    const done = await app.attempt(wanted ? startCopy() : wipeCopy());
    if (app.away.peek()) location.reload(); // there is nothing left to show
    else if (done && !wanted) app.notices.show(t.copy.removed);
  };
  return (
    <>
      <label class="check">
        <input type="checkbox" role="switch" checked={on.value} onChange={(e) => {
          if (app.away.peek() && !e.currentTarget.checked) {
            e.currentTarget.checked = true;
            asking.value = true;
          } else void keep(e.currentTarget.checked);
        }} />
        <span>{t.copy.toggle}</span>
      </label>
      {asking.value && (
        <Dialog title={t.copy.sure} onClose={() => (asking.value = false)}>
          <p>{t.copy.sureText}</p>
          <div class="actions end">
            <Button tone="quiet" onClick={() => (asking.value = false)}>{t.app.cancel}</Button>
            <Button tone="bad" onClick={() => { asking.value = false; void keep(false); }}>{t.copy.remove}</Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function SignOut() {
  const busy = useSignal(false);
  const wrong = useSignal("");
  const leave = async () => {
    busy.value = true;
    try {
      await wipeCopy();
      await signOut();
      location.replace("/");
    } catch (error) {
      wrong.value = sentence(asFault(error));
      busy.value = false;
    }
  };
  return (
    <>
      <div class="data-row">
        <p class="aside">{t.copy.signOutHint}</p>
        <Button disabled={busy.value} onClick={() => void leave()}>{t.copy.signOut}</Button>
      </div>
      {wrong.value && <p role="alert">{wrong.value}</p>}
    </>
  );
}
