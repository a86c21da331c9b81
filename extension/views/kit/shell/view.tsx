import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../../strings";
import { Ask, AskContext } from "../chat/ask";
import { Composer } from "../chat/composer";
import { Summary } from "../conversation/summary";
import { ThreadView } from "../chat/thread_view";
import { GalleryScreen } from "../gallery/screen";
import { Help } from "../help/help";
import { WhatsNew } from "../help/news";
import { Knowledge } from "../knowledge/knowledge";
import { Reader } from "../knowledge/reader";
import { Settings } from "../settings/settings";
import type { App } from "../state/app";
import { readDraft } from "../state/remember";
import { AppContext, useApp } from "../ui/context";
import { Spoken, Toasts } from "../ui/toasts";
import { Welcome } from "../welcome/welcome";
import { Banners } from "./banners";
import { Drawer, Sidebar } from "./drawer";
import { Header } from "./header";
import { serveKeys } from "./keys";
import { takeOutsideQuestion } from "./outside_question";
import { isLocked, Unlock } from "./unlock";

/** View is the whole of a view. Its outline is the one that the first paint has drawn. */
export function View({ app, ask }: { app: App; ask: Ask }) {
  return (
    <AppContext.Provider value={app}>
      <AskContext.Provider value={ask}>
        {isLocked(app) ? <Unlock /> : <Frame ask={ask} />}
      </AskContext.Provider>
    </AppContext.Provider>
  );
}

function Frame({ ask }: { ask: Ask }) {
  const app = useApp();
  useEffect(() => serveKeys(app, ask), []);
  useEffect(() => takeOutsideQuestion(app, ask), []);
  useSignalEffect(() => {
    const title = app.current.value?.title;
    document.title = title ? `${title} – ${t.app.name}` : t.app.name;
  });
  const wide = app.context === "tab";
  return (
    <>
      {wide && <Sidebar />}
      <div class="frame">
        <Header />
        <Banners />
        <WhatsNew />
        <Main />
        <Toasts />
      </div>
      <Drawer />
      <Reader />
      <Spoken />
    </>
  );
}

function Main() {
  const app = useApp();
  const screen = app.screen.value;
  if (screen === "knowledge") return <main class="main" aria-label={t.knowledge.title}><Knowledge /></main>;
  if (screen === "gallery") return <main class="main" aria-label={t.gallery.title}><GalleryScreen /></main>;
  if (screen === "help") return <main class="main" aria-label={t.help.title}><Help /></main>;
  if (screen === "settings") return <main class="main" aria-label={t.settings.title}><Settings /></main>;
  if (app.welcome.value) return <main class="main" aria-label={t.welcome.title}><Welcome /></main>;
  return (
    <main class="main" aria-label={t.nav.main}>
      <ThreadView />
      <Composer />
      <Summary />
    </main>
  );
}

/** createAsk makes the question being written and lets it follow the open conversation. */
export function createAsk(app: App, canReadPage: boolean, canReadTabs: boolean): Ask {
  const ask = new Ask(app, canReadPage, canReadTabs);
  ask.text.value = readDraft(app.thread.id.peek());
  app.thread.id.subscribe((id) => (app.thread.adopted === id ? ask.settle(id) : ask.moveTo(id)));
  return ask;
}

