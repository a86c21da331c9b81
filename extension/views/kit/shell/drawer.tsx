import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../../strings";
import { Library } from "../list/library";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { BookIcon, CloseIcon, HelpIcon, Mark, NewIcon, PictureIcon, SettingsIcon } from "../ui/icons";

/** Sidebar is the left column of a wide tab; CSS hides it where there is no room. */
export function Sidebar() {
  return <aside class="sidebar" aria-label={t.nav.conversations}><Inside /></aside>;
}

/** Drawer lays the same over the view where there is no column for it. */
export function Drawer() {
  const app = useApp();
  const ref = useRef<HTMLDialogElement>(null);
  const before = useRef<Element | null>(null);
  useSignalEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    if (app.drawer.value && !dialog.open) {
      before.current = document.activeElement;
      dialog.showModal();
      if (!matchMedia("(pointer: coarse)").matches) requestAnimationFrame(() => dialog.querySelector<HTMLElement>("#search")?.focus());
    } else if (!app.drawer.value && dialog.open) {
      dialog.close();
      if (before.current instanceof HTMLElement) before.current.focus();
    }
  });
  useEffect(() => closeWhenWide(app.context === "tab", () => (app.drawer.value = false)), []);
  const close = () => (app.drawer.value = false);
  return (
    <dialog ref={ref} class="drawer" aria-label={t.nav.conversations} onClose={close} onMouseDown={(e) => e.target === ref.current && close()}>
      {app.drawer.value && (
        <div class="drawer-inner">
          <Inside onClose={close} />
        </div>
      )}
    </dialog>
  );
}

function Inside({ onClose }: { onClose?: () => void }) {
  const app = useApp();
  const newChat = () => {
    app.open("");
    requestAnimationFrame(() => document.getElementById("message")?.focus());
  };
  return (
    <>
      <div class="brand">
        <Mark /><span class="grow">{t.app.name}</span>
        {onClose && <IconButton label={t.app.close} onClick={onClose}><CloseIcon /></IconButton>}
      </div>
      <Button class="new-chat" onClick={newChat}><NewIcon />{t.nav.newChat}</Button>
      <Library />
      <Button tone="quiet" class="to-settings" aria-pressed={app.screen.value === "knowledge"} onClick={() => { app.screen.value = "knowledge"; app.drawer.value = false; }}>
        <BookIcon />{t.knowledge.open}
      </Button>
      <Button tone="quiet" class="to-settings" aria-pressed={app.screen.value === "gallery"} onClick={() => { app.screen.value = "gallery"; app.drawer.value = false; }}>
        <PictureIcon />{t.gallery.title}
      </Button>
      <Button tone="quiet" class="to-settings" aria-pressed={app.screen.value === "settings"} onClick={() => { app.screen.value = "settings"; app.drawer.value = false; }}>
        <SettingsIcon />{t.nav.settings}
      </Button>
      <Button tone="quiet" class="to-settings" aria-pressed={app.screen.value === "help"} onClick={() => { app.screen.value = "help"; app.drawer.value = false; }}>
        <HelpIcon />{t.help.title}
      </Button>
    </>
  );
}

function closeWhenWide(applies: boolean, close: () => void): (() => void) | undefined {
  if (!applies) return undefined;
  const wide = matchMedia("(min-width: 52rem)");
  const changed = () => wide.matches && close();
  wide.addEventListener("change", changed);
  return () => wide.removeEventListener("change", changed);
}
