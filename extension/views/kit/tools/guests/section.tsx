import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ToolDefinition } from "../../../../gen/wire";
import { t } from "../../../../strings";
import { Button, IconButton } from "../../ui/button";
import { useApp } from "../../ui/context";
import { TrashIcon } from "../../ui/icons";
import { guestSource } from "../own";
import { install, installed, remove, type Guest } from "./shelf";

/** GuestList is the guests that are installed in this browser. */
export interface GuestList {
  all: Guest[];
  definitions: ToolDefinition[];
  load: () => Promise<void>;
}

/** useGuests reads which guests there are. */
export function useGuests(): GuestList {
  const app = useApp();
  const all = useSignal<Guest[]>([]);
  const load = async () => void (await app.attempt(installed().then((now) => (all.value = now))));
  useEffect(() => void (app.webApp || load()), []);
  return { all: all.value, definitions: all.value.map(definition), load };
}

function definition({ manifest: m }: Guest): ToolDefinition {
  return { name: m.name, title: m.title, description: m.description, parameters: m.parameters, source: guestSource };
}

/** Guests installs tools from files, says what each may, tries it and removes it. */
export function Guests({ guests }: { guests: GuestList }) {
  const app = useApp();
  const wrong = useSignal("");
  const files = useRef<HTMLInputElement>(null);
  const take = async (list: FileList | null) => {
    wrong.value = "";
    try {
      const m = await install([...(list ?? [])]);
      await guests.load();
      app.notices.show(t.guests.installed(m.title || m.name));
    } catch (error) {
      wrong.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <div class="guests">
      <h3 class="section-part">{t.guests.title}</h3>
      <p class="aside">{t.guests.lead}</p>
      <ul class="choices">{guests.all.map((g) => <li key={g.name}><Installed guest={g} onGone={guests.load} /></li>)}</ul>
      <input
        ref={files} class="unseen" type="file" multiple accept=".json,.wasm" tabIndex={-1} aria-label={t.guests.pick}
        onChange={(e) => { const { files: picked } = e.currentTarget; void take(picked).then(() => files.current && (files.current.value = "")); }}
      />
      <div class="actions"><Button title={t.guests.pick} onClick={() => files.current?.click()}>{t.guests.install}</Button></div>
      {wrong.value && <p class="aside bad" role="alert">{wrong.value}</p>}
    </div>
  );
}

function Installed({ guest: g, onGone }: { guest: Guest; onGone: () => Promise<void> }) {
  const app = useApp();
  const name = g.manifest.title || g.name;
  const away = async () => {
    await app.attempt(remove(g.name).then(() => app.tools.drop(g.name, guestSource)).then(onGone));
    app.notices.show(t.guests.removed(name));
  };
  const may = g.manifest.capabilities.map((c) => t.guests.given[c]).join(", ") || t.guests.nothing;
  return (
    <>
      <div class="choice">
        <div class="grow">
          <p>{name}</p>
          <p class="aside">{`${t.guests.limits(g.size, g.manifest.memory_mb, g.manifest.seconds)}; ${may}.`}</p>
        </div>
        <IconButton label={t.guests.remove(name)} onClick={() => void away()}><TrashIcon /></IconButton>
      </div>
      <Trying guest={g} />
    </>
  );
}

// What a model would be given, without a model.
function Trying({ guest: g }: { guest: Guest }) {
  const given = useSignal("{}");
  const said = useSignal<{ text: string; bad: boolean } | undefined>(undefined);
  const busy = useSignal(false);
  const run = async (e: Event) => {
    e.preventDefault();
    busy.value = true;
    said.value = undefined;
    try {
      const { callGuest } = await import("./run");
      said.value = { text: await callGuest(g.manifest, new Uint8Array(await g.module.arrayBuffer()), given.peek()), bad: false };
    } catch (error) {
      said.value = { text: error instanceof Error ? error.message : String(error), bad: true };
    }
    busy.value = false;
  };
  return (
    <details class="attached">
      <summary>{t.guests.try}</summary>
      <form class="data-row" onSubmit={(e) => void run(e)}>
        <input type="text" spellcheck={false} aria-label={`${t.guests.arguments}: ${g.name}`} value={given.value} onInput={(e) => (given.value = e.currentTarget.value)} />
        <Button type="submit" disabled={busy.value}>{t.guests.run}</Button>
      </form>
      {said.value && <blockquote tabIndex={0} role="status" class={said.value.bad ? "bad" : ""}>{said.value.text}</blockquote>}
    </details>
  );
}
