import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Prompt } from "../../../gen/wire";
import { t } from "../../../strings";
import { FillDialog } from "../shelf/fill";
import { isAction } from "../../../prompts/menu";
import { placesOf } from "../../../prompts/template";
import { instruct } from "../state/actions";
import type { App } from "../state/app";
import { useApp } from "../ui/context";
import type { Ask } from "./ask";

const most = 8;

/** Slash is the list of prompts that "/" at the beginning of the text box opens, narrowed by what is typed after it. */
export class Slash {
  readonly at = signal(0);
  readonly filling = signal<Prompt | undefined>(undefined);
  private readonly left = signal(""); // the text whose list was closed
  readonly found = computed(() => {
    const text = this.ask.text.value;
    if (!/^\/[^\n/]*$/.test(text) || text === this.left.value) return undefined;
    const words = text.slice(1).toLowerCase().split(/\s+/);
    const fits = (p: Prompt) => !p.hidden && !isAction(p) && words.every((w) => `${p.name} ${(p.tags ?? []).join(" ")}`.toLowerCase().includes(w));
    return this.app.prompts.items.value.filter(fits).slice(0, most);
  });

  constructor(private readonly app: App, private readonly ask: Ask) {}

  /** key serves the list; it tells whether the key was for it. */
  key(e: KeyboardEvent): boolean {
    const found = this.found.peek();
    if (!found) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (e.key === "Escape") this.left.value = this.ask.text.peek();
    else if (found.length === 0) return false;
    else if (step) this.at.value = (this.at.peek() + step + found.length) % found.length;
    else if ((e.key === "Enter" && !e.shiftKey && !e.isComposing) || e.key === "Tab") this.choose(found[Math.min(this.at.peek(), found.length - 1)]!);
    else return false;
    e.preventDefault();
    e.stopPropagation();
    return true;
  }

  /** choose inserts a prompt, once its places are filled. */
  choose(prompt: Prompt): void {
    this.at.value = 0;
    if (placesOf(prompt.template).length > 0) this.filling.value = prompt;
    else this.insert(prompt.template, prompt.contextScope);
  }

  /** insert puts a text where its scope says: into the box, the conversation's instructions, or before each of its questions. */
  insert(text: string, scope = "user"): void {
    this.filling.value = undefined;
    const kept = scope === "system" || scope === "session";
    const inBox = kept ? "" : text;
    this.left.value = inBox;
    this.ask.begin(inBox);
    if (kept) void instruct(this.app, text, scope);
  }
}

/** SlashList shows the prompts over the text box. */
export function SlashList({ slash }: { slash: Slash }) {
  const app = useApp();
  const found = slash.found.value;
  const open = found !== undefined;
  useEffect(() => { if (open) void app.attempt(app.prompts.load()); }, [open]);
  const filling = slash.filling.value;
  return (
    <>
      {found && (
        <ul class="slash" role="listbox" id="slash" aria-label={t.prompts.title}>
          {found.map((p, i) => (
            <li key={p.id} role="option" id={`slash-${i}`} aria-selected={i === slash.at.value} onMouseDown={(e) => { e.preventDefault(); slash.choose(p); }}>
              <b class="clip">{p.name}</b><span class="aside clip">{p.description || p.template}</span>
            </li>
          ))}
          {found.length === 0 && <li class="aside" role="option" aria-disabled="true">{app.prompts.known.value ? t.prompts.none : t.list.searching}</li>}
        </ul>
      )}
      {filling && <FillDialog key={filling.id} prompt={filling} onDone={(text) => slash.insert(text, filling.contextScope)} onClose={() => (slash.filling.value = undefined)} />}
    </>
  );
}
