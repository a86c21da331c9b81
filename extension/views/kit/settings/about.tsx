import { useSignal } from "@preact/signals";
import { t } from "../../../strings";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Command } from "../welcome/health";
import { Section } from "./section";

/** Companion tells whether kai is there, and how to get it when it is not. */
export function Companion() {
  const app = useApp();
  const busy = useSignal(false);
  if (app.mode.value !== "browser") return null;
  const { state, version = "", detail } = app.companion.value;
  const look = async () => {
    busy.value = true;
    await app.attempt(app.client.call("companion.retry", {})); // what came of it arrives as news
    busy.value = false;
  };
  const words = t.settings.companionState[state] ?? t.settings.companionState.failed;
  return (
    <Section title={t.settings.companion} lead={t.settings.companionLead}>
      <div class="data-row">
        <p role="status"><span class={`dot ${state === "connected" ? "good" : state === "failed" ? "warn" : ""}`} />{words?.(version)}</p>
        <Button disabled={busy.value} onClick={() => void look()}>{t.settings.companionRetry}</Button>
      </div>
      {detail && state === "failed" && <p class="aside">{detail}</p>}
      {state !== "connected" && <><p class="aside">{t.settings.companionHow}</p><Command app={app} text={t.settings.companionCommand} label={t.chat.copy} /></>}
    </Section>
  );
}

/** Shortcuts lists the keys. */
export function Shortcuts() {
  return (
    <Section title={t.settings.shortcuts}>
      <dl class="facts keys">
        {t.shortcuts.list.map(([keys, what]) => <><dt key={keys}><kbd>{keys}</kbd></dt><dd>{what}</dd></>)}
      </dl>
    </Section>
  );
}

/** About says what this is. */
export function About() {
  const app = useApp();
  return (
    <Section title={t.settings.about}>
      <dl class="facts">
        <dt>{t.settings.version}</dt><dd>{app.version.value || "…"}</dd>
        <dt>{t.settings.modeName}</dt><dd>{t.settings.modes[app.mode.value] ?? app.mode.value}</dd>
      </dl>
      <p class="aside">{t.settings.licence}</p>
      <p>{app.webApp ? <a href="/dashboard">{t.settings.dashboard}</a> : <a href="debug.html" target="_blank" rel="noopener">{t.settings.debug}</a>}</p>
    </Section>
  );
}
