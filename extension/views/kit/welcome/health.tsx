import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { ServiceHealth } from "../../../gen/wire";
import { t } from "../../../strings";
import { inWords } from "../../../strings/faults";
import { Add } from "../builtin/begin";
import { builtIn } from "../builtin/engine";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { copy } from "../ui/copy";
import { CopyIcon } from "../ui/icons";
import { Linked } from "../ui/linked";
import { explain, getting, remedies, remedyName, type Remedy, type Target } from "./state";
import { PullModel } from "./pull_model";

/** StateBadge says a state in two words and a colour. */
export function StateBadge({ health, busy }: { health: ServiceHealth | undefined; busy?: boolean }) {
  if (busy) return <span class="badge">{t.settings.testing}</span>;
  const state = health?.state ?? "unknown";
  const tone = state === "ready" ? "good" : state === "unknown" ? "" : state === "offline" ? "" : "warn";
  return <span class={`badge ${tone}`}>{t.service.state[state]}</span>;
}

/** HealthHelp explains a wrong state and offers the ways out of it. */
export function HealthHelp({ target }: { target: Target }) {
  const open = useSignal<Remedy | undefined>(undefined);
  const busy = useSignal(false);
  const { health } = target;
  if (!health || health.state === "ready") return null;
  const press = async (remedy: Remedy) => {
    if (remedy !== "again") return void (open.value = open.peek() === remedy ? undefined : remedy);
    busy.value = true;
    await target.again();
    busy.value = false;
  };
  return (
    <div class="health">
      <p>{target.kind === builtIn && health.state === "no_models" ? t.builtIn.none : explain(target.name, target.url, health, target.answers)}</p>
      {health.detail && !["offline", "no_models"].includes(health.state) && <p class="aside">{inWords(health.detail)}</p>}
      {health.state === "offline" && target.get && <p class="aside"><Linked text={getting(target.kind, target.get)} /></p>}
      <div class="actions">
        {remedies(health.state, target.answers).map((remedy, i) => (
          <Button
            key={remedy} tone={i === 0 ? "plain" : "quiet"} class="small" disabled={busy.value}
            aria-expanded={remedy === "again" ? undefined : open.value === remedy} onClick={() => void press(remedy)}
          >{target.kind === builtIn && remedy === "pull" ? t.builtIn.add : remedyName(remedy)}</Button>
        ))}
      </div>
      {open.value && open.value !== "again" && <Way remedy={open.value} target={target} onDone={() => (open.value = undefined)} />}
    </div>
  );
}

function Way({ remedy, target, onDone }: { remedy: Remedy; target: Target; onDone: () => void }) {
  if (remedy === "pull") return target.kind === builtIn ? <Add again={() => target.again()} /> : <PullModel target={target} />;
  if (remedy === "fix") return <Fix />;
  if (remedy === "key") {
    return <OneField label={t.settings.key} type="password" value="" onSubmit={(key) => target.change({ key }).then(onDone)} />;
  }
  return <OneField label={t.settings.url} type="url" value={target.url} onSubmit={(url) => target.change({ url }).then(onDone)} />;
}

// What to set in the service when there is no companion to ask it for us.
function Fix() {
  const app = useApp();
  const setting = `OLLAMA_ORIGINS=${location.origin}`;
  return (
    <div class="fix">
      <ol>{t.service.fixForbidden.map((line) => <li key={line}>{line}</li>)}</ol>
      <Command text={setting} label={t.service.fixCopy} app={app} />
    </div>
  );
}

/** Command is a line to be copied. */
export function Command({ text, label, app }: { text: string; label: string; app: ReturnType<typeof useApp> }) {
  return (
    <div class="command">
      <code>{text}</code>
      <IconButton class="small" label={label} onClick={() => void copy(app, text)}><CopyIcon /></IconButton>
    </div>
  );
}

function OneField(props: { label: string; type: "url" | "password"; value: string; onSubmit: (value: string) => Promise<void> }) {
  const value = useSignal(props.value);
  const busy = useSignal(false);
  const submit = async (e: Event) => {
    e.preventDefault();
    busy.value = true;
    await props.onSubmit(value.peek().trim());
    busy.value = false;
  };
  return (
    <form class="one-field" noValidate onSubmit={(e) => void submit(e)}>
      <input type={props.type as "text"} aria-label={props.label} autocomplete="off" spellcheck={false} value={value.value} onInput={(e) => (value.value = e.currentTarget.value)} />
      <Button type="submit" class="small" disabled={busy.value || !value.value.trim()}>{busy.value ? t.settings.testing : t.settings.test}</Button>
    </form>
  ) as ComponentChildren;
}
