import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { asFault } from "../../../bridge/fault";
import { unlock } from "../../../bridge/socket";
import { t } from "../../../strings";
import { sentence, type App } from "../state/app";
import { forgetSnapshot } from "../state/remember";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Field } from "../ui/field";
import { Mark } from "../ui/icons";

/** isLocked tells whether kAI wants its password before anything else. */
export function isLocked(app: App): boolean {
  const { state, reason } = app.link.value;
  return state === "failed" && reason?.code === "locked";
}

/** Unlock asks for the password, in the place of everything. What was shown before is not even in memory any more. */
export function Unlock() {
  const app = useApp();
  const box = useRef<HTMLInputElement>(null);
  const busy = useSignal(false);
  const wrong = useSignal<string | undefined>(undefined);
  const stale = app.loaded.peek();
  // In the moment that it shows, not a frame later: what is typed at once is part of the password.
  useLayoutEffect(() => {
    forgetSnapshot();
    if (stale) return location.reload();
    document.title = t.app.name;
    box.current?.focus();
  }, []);
  const submit = async () => {
    const password = box.current?.value ?? "";
    wrong.value = password ? undefined : t.unlock.missing;
    if (!password) return box.current?.focus();
    busy.value = true;
    try {
      await unlock(password);
      location.reload();
    } catch (error) {
      wrong.value = sentence(asFault(error));
      busy.value = false;
      box.current?.select();
    }
  };
  if (stale) return null;
  return (
    <main class="page welcome unlock" aria-label={t.unlock.title}>
      <form class="page-inner" noValidate onSubmit={(e) => { e.preventDefault(); if (!busy.peek()) void submit(); }}>
        <Mark />
        <h1>{t.unlock.title}</h1>
        <p class="lead">{t.unlock.lead}</p>
        <Field label={t.unlock.password} wrong={wrong.value}>
          {(c) => <input ref={box} type="password" autocomplete="current-password" {...c} />}
        </Field>
        <div class="actions">
          <Button tone="primary" type="submit" aria-disabled={busy.value}>{busy.value ? t.unlock.unlocking : t.unlock.unlock}</Button>
        </div>
        <p class="aside"><a href="/login">{t.unlock.ask}</a></p>
      </form>
    </main>
  );
}
