import { effect } from "@preact/signals";
import { render } from "preact";
import { Client } from "../../bridge/client";
import { listenToChannel } from "../../bridge/news";
import { connectTransport, inExtension } from "../../bridge/transport";
import type { Snapshot } from "../../gen/wire";
import { recordLog } from "../../log/record";
import { speak } from "../../strings";
import { language } from "../../strings/format";
import { address } from "../../strings/languages";
import { keepFirstWords } from "./first_words";
import "./handover";
import { createAsk, View } from "./shell/view";
import { send } from "./state/actions";
import { App, type Context } from "./state/app";
import { loadRich } from "./chat/markdown";
import { keepCopy } from "./state/away";
import { followQuestions } from "./state/questions";
import { read, snapshotKey } from "./state/remember";
import { setTheme } from "./theme";

/** start takes over from the first paint and brings the view to life. */
export async function start(context: Context): Promise<void> {
  const extension = inExtension();
  if (extension) recordLog(context);
  const client = new Client({
    context,
    version: extension ? chrome.runtime.getManifest().version : "web",
    connect: connectTransport,
    listen: extension ? listenToChannel : undefined,
  });
  await speak(read<Partial<Snapshot>>(snapshotKey)?.settings?.language);
  mount(context, client, !extension);
  client.start();
  addEventListener("online", () => client.retry());
  if (!extension) addEventListener("offline", () => client.move()); // a connection that was cut says nothing by itself
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && client.retry());
}

/** mount draws a view over a client. The gallery mounts one over a client that only pretends. */
export function mount(context: Context, client: Client, webApp: boolean): App {
  const root = document.getElementById("app");
  if (!root) throw new Error("the page has no place for the view");
  document.documentElement.dataset.context = context;
  const app = new App(context, client, webApp);
  if (location.hash === "#settings") app.screen.value = "settings";
  app.begin();
  addEventListener("hashchange", () => app.route());
  const ask = createAsk(app, !webApp && context !== "tab", !webApp);
  effect(() => {
    if (app.loaded.value) setTheme(app.theme.value);
  });
  effect(() => {
    if (app.loaded.value) void speak(app.language.value);
  });
  app.tour.follow();
  effect(() => {
    address(language.value);
    keepFirstWords();
  });
  takeOver(root, app, ask);
  requestIdle(() => void loadRich());
  if (webApp) keepWhenLoaded(app);
  return app;
}

// What was typed into the first paint's text box, and where the cursor was, is in the view's from the first moment.
function takeOver(root: HTMLElement, app: App, ask: ReturnType<typeof createAsk>): void {
  const early = document.querySelector<HTMLTextAreaElement>("#message");
  const focused = early !== null && document.activeElement === early;
  const at = early ? [early.selectionStart, early.selectionEnd] as const : undefined;
  const first = window.kaiFirst;
  first?.letGo();
  if (early && early.value) ask.text.value = early.value;
  render(<View app={app} ask={ask} />, root);
  if (focused && ask.box && at) {
    ask.box.focus();
    ask.box.setSelectionRange(...at);
  }
  for (const text of first?.sent ?? []) void send(app, text, [], () => ask.giveBack(text, []));
}

// The page is whole, and usable, before this browser begins to keep a copy.
function keepWhenLoaded(app: App): void {
  followQuestions();
  const done = app.loaded.subscribe((loaded) => {
    if (!loaded || app.away.peek()) return;
    queueMicrotask(() => done());
    keepCopy(app, requestIdle);
  });
}

function requestIdle(work: () => void): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(work);
  else setTimeout(work, 200);
}
