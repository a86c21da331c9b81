// Chromium's background. A few KB: it brings the offscreen document, where the runtime lives, into being, owns the native
// port, does what the document can't, and opens views. It may be stopped at any moment and holds nothing.
//
// Whatever throws at the top level of a service worker kills it in silence, so every optional API is asked for with "?.".
import { recordLog } from "../log/record";
import { serveActions } from "./actions";
import { answerBackground } from "./background_port";
import type { WakeAnswer } from "./contract";
import { noteCrash, tooManyCrashes } from "./crashes";
import { isEnded, isPing, stateQuestion } from "./messages";
import { openNative } from "./native";
import { isOwnPage } from "./sender";

recordLog("background");

chrome.runtime.onConnect.addListener((port) => {
  if (!isOwnPage(port.sender)) return port.disconnect();
  if (port.name === "kai-wake") void answerWake(port);
  else if (port.name === "kai-background") answerBackground(port);
  else if (port.name === "kai-native") relayNative(port);
  else if (port.name.startsWith("kai-view")) holdView(port);
});

// A view's port arrives at the offscreen document and here. disconnect() at either end closes it for everybody, and the
// document's death alone does not close it; so the worker holds its end until the document goes.
const views = new Set<chrome.runtime.Port>();
let watch: chrome.runtime.Port | undefined;

function holdView(port: chrome.runtime.Port): void {
  views.add(port);
  port.onDisconnect.addListener(() => views.delete(port));
  watch ??= watchDocument();
}

function watchDocument(): chrome.runtime.Port {
  const port = chrome.runtime.connect({ name: "kai-watch" });
  port.onDisconnect.addListener(() => {
    void chrome.runtime.lastError; // read, so that the browser does not log it
    watch = undefined;
    for (const view of views) view.disconnect();
    views.clear();
  });
  return port;
}

chrome.runtime.onMessage.addListener((message: unknown, sender, answer) => {
  if (sender.id !== chrome.runtime.id) return false;
  if (isPing(message)) answer({ version: chrome.runtime.getManifest().version });
  if (!isEnded(message)) return false;
  void noteCrash(message.reason).then(() => answer(true));
  return true;
});

serveActions();

async function answerWake(port: chrome.runtime.Port): Promise<void> {
  let open = true;
  port.onDisconnect.addListener(() => (open = false));
  const answer = await awake().catch((error: unknown): WakeAnswer => ({ error: String(error) }));
  if (open) port.postMessage(answer);
}

// Two wakes at once share one attempt.
let waking: Promise<WakeAnswer> | undefined;

function awake(): Promise<WakeAnswer> {
  waking ??= wake().finally(() => (waking = undefined));
  return waking;
}

async function wake(): Promise<WakeAnswer> {
  if (await documents()) {
    const answer = await ask();
    if (answer) return answer;
    await chrome.offscreen.closeDocument().catch(() => undefined); // it is there and does not answer
  }
  const reason = await tooManyCrashes();
  if (reason !== undefined) return { error: reason };
  await chrome.offscreen.createDocument({
    url: "offscreen.html",
    reasons: ["LOCAL_STORAGE" as chrome.offscreen.Reason],
    justification: "Runs the assistant once for all of its views, and keeps what they paint first.",
  });
  return (await ask()) ?? { error: "kAI stopped while it was starting." };
}

async function documents(): Promise<number> {
  return (await chrome.runtime.getContexts({ contextTypes: ["OFFSCREEN_DOCUMENT" as chrome.runtime.ContextType] })).length;
}

async function ask(): Promise<WakeAnswer | undefined> {
  try {
    return (await chrome.runtime.sendMessage(stateQuestion)) as WakeAnswer | undefined;
  } catch {
    return undefined; // nobody answers: the document is going or gone
  }
}

function relayNative(port: chrome.runtime.Port): void {
  const native = openNative({
    frame: (frame) => port.postMessage({ frame }),
    closed: (closed) => {
      port.postMessage({ closed });
      port.disconnect();
    },
  });
  port.onMessage.addListener((m: { frame: unknown }) => native.post(m.frame));
  port.onDisconnect.addListener(() => native.close());
}
