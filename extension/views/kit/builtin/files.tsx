import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Model } from "../../../engine/contract";
import { t } from "../../../strings";
import { Notice } from "../ui/banner";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Field } from "../ui/field";
import { wrongWords, type Engine } from "./engine";

/** Files brings model files into the browser and shows those on their way. onHere hears when the ones that are here change. */
export function Files({ engine, onHere }: { engine: Engine; onHere: () => Promise<void> }) {
  const app = useApp();
  const state = engine.state.value;
  const here = state?.models.filter((m) => m.state === "here");
  const names = here?.map((m) => m.name).join("\n");
  const before = useRef<Set<string> | undefined>(undefined);
  useEffect(() => {
    if (!here) return;
    for (const m of here) if (before.current && !before.current.has(m.id)) app.notices.show(t.builtIn.ready(m.name));
    if (before.current || here.length > 0) void onHere();
    before.current = new Set(here.map((m) => m.id));
  }, [names]);
  return (
    <div class="pull">
      {state?.models.filter((m) => m.state !== "here").map((m) => <Coming key={m.id} model={m} engine={engine} />)}
      <Pick engine={engine} />
      <Fetch engine={engine} />
      {state && <p class="aside">{t.builtIn.room(state.free, state.held)}</p>}
    </div>
  );
}

function Pick({ engine }: { engine: Engine }) {
  const input = useRef<HTMLInputElement>(null);
  const take = (files: FileList | null) => {
    for (const file of files ?? []) engine.ask({ ask: "add", file });
  };
  return (
    <div class="data-row">
      <p class="aside">{t.builtIn.pickHint}</p>
      <input ref={input} type="file" accept=".gguf" multiple hidden aria-label={t.builtIn.file} onChange={(e) => { take(e.currentTarget.files); e.currentTarget.value = ""; }} />
      <Button onClick={() => input.current?.click()}>{t.builtIn.pick}</Button>
    </div>
  );
}

function Fetch({ engine }: { engine: Engine }) {
  const address = useSignal("");
  const wrong = useSignal<string | undefined>(undefined);
  const submit = (e: Event) => {
    e.preventDefault();
    const text = address.peek().trim();
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !/^https?:$/.test(url.protocol)) return void (wrong.value = t.builtIn.needAddress);
    engine.ask({ ask: "fetch", address: url.href });
    address.value = "";
  };
  return (
    <form noValidate onSubmit={submit}>
      <Field label={t.builtIn.address} hint={t.builtIn.addressHint} wrong={wrong.value}>
        {(control) => (
          <div class="with-button">
            <input type="url" autocomplete="off" spellcheck={false} {...control} value={address.value} onInput={(e) => { address.value = e.currentTarget.value; wrong.value = undefined; }} />
            <Button type="submit" disabled={!address.value.trim()}>{t.builtIn.fetch}</Button>
          </div>
        )}
      </Field>
    </form>
  );
}

function Coming({ model, engine }: { model: Model; engine: Engine }) {
  const { id, name, size, have, state, wrong } = model;
  const coming = state === "coming";
  const stop = () => engine.ask({ ask: "stop", id });
  const goOn = () => engine.ask({ ask: "resume", id });
  const remove = () => engine.ask({ ask: "remove", id });
  const goesOn = !coming && model.address !== "" && (!wrong || wrong.why === "cut" || wrong.why === "no_room");
  return (
    <div class="meter" role="group" aria-label={t.builtIn.coming(name)}>
      <p>{coming ? t.builtIn.coming(name) : name}</p>
      {wrong && <Notice tone="bad">{wrongWords(wrong)}</Notice>}
      {(coming || have > 0) && <progress aria-label={t.builtIn.coming(name)} max={size || undefined} value={size ? have : undefined} />}
      <div class="meter-foot">
        <p class="aside">{have > 0 && (size > 0 ? t.service.pullOf(have, size) : t.installed.size(have))}{!coming && have > 0 && ` · ${t.builtIn.stopped}`}</p>
        <div class="actions">
          {coming && <Button tone="quiet" class="small" aria-label={t.builtIn.stopOf(name)} onClick={stop}>{t.builtIn.stop}</Button>}
          {goesOn && <Button class="small" aria-label={t.builtIn.goOnOf(name)} onClick={goOn}>{t.builtIn.goOn}</Button>}
          {!coming && <Button tone="quiet" class="small" aria-label={t.installed.removeOf(name)} onClick={remove}>{t.installed.remove}</Button>}
        </div>
      </div>
    </div>
  );
}
