import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Conversation } from "../../../gen/wire";
import { t } from "../../../strings";
import { ConversationDialog } from "../conversation/dialog";
import { TitleBox } from "../list/row";
import { keepHere } from "../state/actions";
import { IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { BackIcon, ExpandIcon, ListIcon, LockIcon, MoreIcon, NewIcon, PanelIcon, PencilIcon, SettingsIcon, UnlockIcon } from "../ui/icons";
import { openElsewhere, openPanel } from "./elsewhere";

/** Header is the strip at the top: the way to the list, the title, and what can be opened. */
export function Header() {
  const app = useApp();
  const screen = app.screen.value;
  return (
    <header class="header">
      {screen !== "chat"
        ? <IconButton label={t.app.back} onClick={() => (app.screen.value = "chat")}><BackIcon /></IconButton>
        : <IconButton label={t.nav.openList} class="open-list" aria-expanded={app.drawer.value} onClick={() => (app.drawer.value = true)}><ListIcon /></IconButton>}
      {screen === "chat" ? <Title /> : <ScreenTitle key={screen} title={t[screen].title} />}
      <nav class="header-tools" aria-label={t.app.menu}>
        <Elsewhere />
        <SettingsButton class={app.context === "tab" ? "narrow-only" : ""} />
        <IconButton label={t.nav.newChat} class={app.context === "tab" ? "narrow-only" : ""} onClick={() => app.open("")}><NewIcon /></IconButton>
      </nav>
    </header>
  );
}

// The focus goes to the heading, so that whoever can't see the change of screens hears it.
function ScreenTitle({ title }: { title: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  return <div class="title"><h1 ref={heading} tabIndex={-1}>{title}</h1></div>;
}

function Title() {
  const app = useApp();
  const editing = useSignal(false);
  const open = useSignal(false);
  const pencil = useRef<HTMLButtonElement>(null);
  const done = (byKey: boolean) => {
    editing.value = false;
    if (byKey) requestAnimationFrame(() => pencil.current?.focus());
  };
  const current = app.current.value;
  if (!current) return <p class="title brand-title">{app.thread.id.value ? "" : t.app.name}</p>;
  if (editing.value) return <div class="title"><TitleBox conversation={current} onDone={done} /></div>;
  const title = current.title || t.list.untitled;
  return (
    <>
      <div class="title">
        <h1 class="clip">{title}</h1>
        <IconButton inner={pencil} class="small" label={t.list.renameOf(title)} onClick={() => (editing.value = true)}><PencilIcon /></IconButton>
        <Privacy conversation={current} />
        <IconButton class="small" label={t.conversation.title} onClick={() => (open.value = true)}><MoreIcon /></IconButton>
      </div>
      {open.value && <ConversationDialog key={current.id} conversation={current} onClose={() => (open.value = false)} />}
    </>
  );
}

// Keeps the open conversation on this device. Where nothing is shared there is nothing to keep back.
function Privacy({ conversation }: { conversation: Conversation }) {
  const app = useApp();
  const here = conversation.private ?? false;
  if (!app.settings.value.sync && !here) return null;
  return (
    <IconButton class="small" label={t.list.keepHere} aria-pressed={here} onClick={() => void keepHere(app, conversation, !here)}>
      {here ? <LockIcon /> : <UnlockIcon />}
    </IconButton>
  );
}

// Goes to the settings and back.
function SettingsButton(props: { class: string }) {
  const app = useApp();
  const open = app.screen.value === "settings";
  return (
    <IconButton label={t.nav.settings} class={props.class} aria-pressed={open} onClick={() => (app.screen.value = open ? "chat" : "settings")}><SettingsIcon /></IconButton>
  );
}

// The other contexts in which this conversation can be opened, as far as ui_mode lets them exist.
function Elsewhere() {
  const app = useApp();
  const has = (context: string) => app.uiMode.value === "all" || app.uiMode.value === context;
  if (typeof chrome === "undefined" || !chrome.runtime?.id) return null;
  return (
    <>
      {app.context !== "sidepanel" && has("sidepanel") && <IconButton label={t.nav.openPanel} onClick={() => openPanel(app)}><PanelIcon /></IconButton>}
      {app.context !== "tab" && has("tab") && <IconButton label={t.nav.openTab} onClick={() => openElsewhere(app)}><ExpandIcon /></IconButton>}
    </>
  );
}
