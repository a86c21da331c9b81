import { useSignal } from "@preact/signals";
import { t } from "../../../strings";
import { TitleBox } from "../list/row";
import { IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { ExpandIcon, ListIcon, NewIcon, PanelIcon, PencilIcon, SettingsIcon } from "../ui/icons";
import { openElsewhere, openPanel } from "./elsewhere";

/** Header is the strip at the top: the way to the list, the title, and what can be opened. */
export function Header() {
  const app = useApp();
  return (
    <header class="header">
      <IconButton label={t.nav.openList} class="open-list" aria-expanded={app.drawer.value} onClick={() => (app.drawer.value = true)}><ListIcon /></IconButton>
      <Title />
      <nav class="header-tools" aria-label={t.app.menu}>
        <Elsewhere />
        {app.context !== "tab" && <SettingsButton />}
        <IconButton label={t.nav.newChat} class={app.context === "tab" ? "narrow-only" : ""} onClick={() => app.open("")}><NewIcon /></IconButton>
      </nav>
    </header>
  );
}

function Title() {
  const app = useApp();
  const editing = useSignal(false);
  const current = app.screen.value === "chat" ? app.current.value : undefined;
  if (!current) return <p class="title">{app.thread.id.value && app.screen.value === "chat" ? "" : t.app.name}</p>;
  if (editing.value) return <div class="title"><TitleBox conversation={current} onDone={() => (editing.value = false)} /></div>;
  const title = current.title || t.list.untitled;
  return (
    <div class="title">
      <h1 class="clip">{title}</h1>
      <IconButton class="small" label={t.list.renameOf(title)} onClick={() => (editing.value = true)}><PencilIcon /></IconButton>
    </div>
  );
}

/** SettingsButton goes to the settings and back. */
export function SettingsButton() {
  const app = useApp();
  const open = app.screen.value === "settings";
  return (
    <IconButton label={t.nav.settings} aria-pressed={open} onClick={() => (app.screen.value = open ? "chat" : "settings")}><SettingsIcon /></IconButton>
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
