import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Persona, Prompt } from "../../../gen/wire";
import type { ComponentChildren } from "preact";
import { isAction } from "../../../prompts/menu";
import { t } from "../../../strings";
import { readPersonas, readPrompts, writeItem } from "../shelf/files";
import { PersonaForm, PromptForm } from "../shelf/forms";
import type { Collection } from "../state/collection";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { save } from "../ui/save";
import { Section } from "./section";

interface Words {
  title: string;
  lead: string;
  add: string;
}

/** Of is a kind of thing that is kept, as a list of it needs it. */
export interface Of<T extends Prompt | Persona> {
  kept: Collection<T>;
  words: Words;
  suffix: string;
  read: (file: string) => T[];
  Form: (props: { item?: T; onSave: (item: T) => void; onClose: () => void }) => preact.JSX.Element;
  line: (item: T) => string;
  /** Which of what is kept is listed; absent: all. */
  only?: (item: T) => boolean;
}

/** Prompts lists the prompts that "/" inserts. */
export function Prompts() {
  const app = useApp();
  return <Shelf of={{ kept: app.prompts, words: { title: t.prompts.title, lead: t.prompts.lead, add: t.prompts.add }, suffix: "prompt", read: readPrompts, Form: PromptForm, line: (p) => p.description || p.template, only: (p) => !isAction(p) }} />;
}

/** Personas lists who a conversation can be answered as. */
export function Personas() {
  const app = useApp();
  return <Shelf of={{ kept: app.personas, words: { title: t.personas.title, lead: t.personas.lead, add: t.personas.add }, suffix: "persona", read: readPersonas, Form: PersonaForm, line: (p) => p.description || p.injections.system_prompt || "" }} />;
}

function Shelf<T extends Prompt | Persona>({ of }: { of: Of<T> }) {
  const app = useApp();
  const adding = useSignal(false);
  useEffect(() => void app.attempt(of.kept.load()), []);
  const put = async (item: T) => { if (await app.attempt(of.kept.put(item))) adding.value = false; };
  const items = of.kept.items.value.filter(of.only ?? (() => true));
  return (
    <Section title={of.words.title} lead={of.words.lead}>
      {items.length > 0 && <ul class="cards">{items.map((item) => <li key={item.id}><Card item={item} of={of} /></li>)}</ul>}
      <div class="actions">
        <Button onClick={() => (adding.value = true)}>{of.words.add}</Button>
        <Import of={of} />
      </div>
      {adding.value && <of.Form onSave={(item) => void put(item)} onClose={() => (adding.value = false)} />}
    </Section>
  );
}

interface CardProps<T extends Prompt | Persona> {
  item: T;
  of: Of<T>;
  /** Takes it away in another way than removing what is kept. */
  onRemove?: () => void;
  /** More buttons, beside its name. */
  children?: ComponentChildren;
}

/** Card shows one thing that is kept, with what can be done with it. */
export function Card<T extends Prompt | Persona>({ item, of, onRemove, children }: CardProps<T>) {
  const app = useApp();
  const editing = useSignal(false);
  const put = async (next: T) => { if (await app.attempt(of.kept.put(next))) editing.value = false; };
  const remove = async () => {
    if (!(await app.attempt(of.kept.remove(item.id)))) return;
    app.notices.show(t.prompts.removed(item.name), { label: t.list.undo, run: () => void app.attempt(of.kept.put(item)) });
  };
  const file = () => save(new Blob([writeItem(item)], { type: "application/json" }), `${item.name.replace(/[^\p{L}\p{N}]+/gu, "-")}.${of.suffix}.json`);
  return (
    <article class="card" aria-label={item.name}>
      <header><div class="grow"><h3>{item.name}</h3><p class="aside clip">{of.line(item)}</p></div>{children && <div>{children}</div>}</header>
      <div class="actions">
        <Button tone="quiet" class="small" aria-label={t.prompts.editOf(item.name)} onClick={() => (editing.value = true)}>{t.prompts.edit}</Button>
        <Button tone="quiet" class="small" aria-label={t.prompts.exportOf(item.name)} onClick={file}>{t.prompts.export}</Button>
        <Button tone="quiet" class="small" aria-label={t.prompts.removeOf(item.name)} onClick={() => (onRemove ? onRemove() : void remove())}>{t.prompts.remove}</Button>
      </div>
      {editing.value && <of.Form item={item} onSave={(next) => void put(next)} onClose={() => (editing.value = false)} />}
    </article>
  );
}

/** Import adds what files hold. */
export function Import<T extends Prompt | Persona>({ of }: { of: Of<T> }) {
  const app = useApp();
  const picker = useRef<HTMLInputElement>(null);
  const wrong = useSignal("");
  const take = async (file: File | undefined) => {
    if (!file) return;
    wrong.value = "";
    try {
      const items = of.read(await file.text());
      for (const item of items) if (!(await app.attempt(of.kept.put(item)))) return;
      app.notices.show(t.prompts.imported(items.length));
    } catch (error) {
      wrong.value = `${file.name}: ${(error as Error).message}`;
    }
  };
  return (
    <>
      <Button tone="quiet" onClick={() => picker.current?.click()}>{t.prompts.import}</Button>
      <input
        ref={picker} type="file" hidden accept=".json,application/json" aria-label={t.prompts.fileOf(of.words.title)}
        onChange={(e) => { const box = e.currentTarget; void take(box.files?.[0]).then(() => (box.value = "")); }}
      />
      {wrong.value && <p class="wrong" role="alert">{wrong.value}</p>}
    </>
  );
}
