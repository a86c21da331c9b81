import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Prompt } from "../../../gen/wire";
import { actionsOf, isBuiltin, moved } from "../../../prompts/menu";
import { t } from "../../../strings";
import { language } from "../../../strings/format";
import { readPrompts } from "../shelf/files";
import { ActionForm } from "../shelf/forms";
import type { App } from "../state/app";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { DownIcon, UpIcon } from "../ui/icons";
import { Section } from "./section";
import { Card, type Of } from "./shelf";

/** PageMenu lists the actions of the page's menu. What kAI brings becomes a prompt of the library once it is changed. */
export function PageMenu() {
  const app = useApp();
  const adding = useSignal(false);
  useEffect(() => void app.attempt(app.prompts.load()), []);
  const of: Of<Prompt> = { kept: app.prompts, words: t.menu, suffix: "prompt", read: readPrompts, Form: ActionForm, line: (p) => p.template };
  const put = async (item: Prompt) => { if (await app.attempt(app.prompts.put(item))) adding.value = false; };
  const kept = app.prompts.items.value;
  const actions: Prompt[] = actionsOf(kept, language.value); // what kAI brings is there at once, so that the page does not move under a pointer
  return (
    <Section title={t.menu.title} lead={t.menu.lead}>
      {actions.length > 0 && (
        <ul class="cards" aria-label={t.menu.title} inert={!app.prompts.known.value}>
          {actions.map((a, i) => (
            <li key={a.id}>
              <Card item={a} of={of} onRemove={() => void remove(app, a)}>
                <IconButton label={t.menu.up(a.name)} disabled={i === 0} onClick={() => void move(app, actions, a, -1)}><UpIcon /></IconButton>
                <IconButton label={t.menu.down(a.name)} disabled={i === actions.length - 1} onClick={() => void move(app, actions, a, 1)}><DownIcon /></IconButton>
              </Card>
            </li>
          ))}
        </ul>
      )}
      <div class="actions">
        <Button onClick={() => (adding.value = true)}>{t.menu.add}</Button>
        {kept.some((p) => isBuiltin(p.id)) && <Button tone="quiet" onClick={() => void restore(app)}>{t.menu.restore}</Button>}
      </div>
      {adding.value && <ActionForm onSave={(item) => void put(item)} onClose={() => (adding.value = false)} />}
    </Section>
  );
}

// What kAI brings cannot be removed, so a hidden prompt stands in its place.
async function remove(app: App, action: Prompt): Promise<void> {
  const was = app.prompts.get(action.id);
  const gone = isBuiltin(action.id) ? app.prompts.put({ ...action, hidden: true }) : app.prompts.remove(action.id);
  if (!(await app.attempt(gone))) return;
  const back = () => (was ? app.prompts.put(was) : app.prompts.remove(action.id));
  app.notices.show(t.prompts.removed(action.name), { label: t.list.undo, run: () => void app.attempt(back()) });
}

async function move(app: App, actions: Prompt[], action: Prompt, step: -1 | 1): Promise<void> {
  for (const a of moved(actions, action.id, step)) if (!(await app.attempt(app.prompts.put(a)))) return;
}

async function restore(app: App): Promise<void> {
  const changed = app.prompts.items.peek().filter((p) => isBuiltin(p.id));
  for (const p of changed) if (!(await app.attempt(app.prompts.remove(p.id)))) return;
  const back = async () => { for (const p of changed) await app.prompts.put(p); };
  app.notices.show(t.menu.restored, { label: t.list.undo, run: () => void app.attempt(back()) });
}
