import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../../strings";
import { inWords } from "../../../strings/faults";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { BookIcon } from "../ui/icons";
import { sentence } from "../state/app";

/** KnowledgePicker chooses the collections that the open conversation is answered from. */
export function KnowledgePicker() {
  const app = useApp();
  const open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const chosen = app.library.chosen.value;
  const close = () => {
    open.value = false;
    button.current?.focus();
  };
  return (
    <div class="picker">
      <IconButton
        inner={button} class={chosen.length > 0 ? "chosen" : ""} label={chosen.length > 0 ? t.knowledge.using(chosen.join(", ")) : t.knowledge.use}
        aria-haspopup="dialog" aria-expanded={open.value} onClick={() => (open.value = !open.value)}
      >
        <BookIcon />
      </IconButton>
      {open.value && <Choices onClose={close} />}
    </div>
  );
}

function Choices({ onClose }: { onClose: () => void }) {
  const app = useApp();
  const { library } = app;
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    panel.current?.focus();
    void library.load();
    const outside = (e: Event) => {
      if (!panel.current?.parentElement?.contains(e.target as Node)) onClose();
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, []);
  const key = (e: KeyboardEvent) => {
    if (e.key !== "Escape") return;
    e.stopPropagation();
    onClose();
  };
  const manage = () => {
    onClose();
    app.screen.value = "knowledge";
  };
  return (
    <div ref={panel} class="popover" role="dialog" aria-label={t.knowledge.use} tabIndex={-1} onKeyDown={key}>
      <div class="options">
        {library.collections.value.map((name) => <Choice key={name} name={name} />)}
        {library.collections.value.length === 0 && <p class="options-none aside">{library.fault.value ? sentence(library.fault.value) : t.knowledge.none}</p>}
        {library.collections.value.length > 0 && library.notice.value && <p class="options-none aside">{inWords(library.notice.value)}</p>}
      </div>
      <Button class="popover-foot" onClick={manage}>{t.knowledge.manage}</Button>
    </div>
  );
}

function Choice({ name }: { name: string }) {
  const { library } = useApp();
  const chosen = library.chosen.value;
  const toggle = (on: boolean) => library.pick(on ? [...chosen, name] : chosen.filter((n) => n !== name));
  return (
    <label class="option">
      <input type="checkbox" checked={chosen.includes(name)} onChange={(e) => toggle(e.currentTarget.checked)} />
      <span class="clip">{name}</span>
    </label>
  );
}
