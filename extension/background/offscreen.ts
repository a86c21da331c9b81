// Chromium's home of the runtime: lives as long as the program, whatever becomes of the service worker.
import { recordLog } from "../log/record";
import type { Read } from "../page/tab";
import { BackgroundPort } from "./background_port";
import type { Facts, NativeLink, Surroundings } from "./contract";
import { isStateQuestion, sayEnded } from "./messages";
import { RuntimeHost } from "./runtime_host";
import { isOwnPage } from "./sender";

recordLog("runtime");

const background = new BackgroundPort();

const surroundings: Surroundings = {
  browser: "chromium",
  facts: async () => JSON.parse(await background.ask("facts")) as Facts,
  storage: background.storage,
  native: openThroughWorker,
  originRule: (urls) => background.ask("originRule", urls),
  readPage: async () => JSON.parse(await background.ask("readPage")) as Read,
};

const host = new RuntimeHost(surroundings, (reason) => void leave(reason));

chrome.runtime.onMessage.addListener((message: unknown, sender, answer) => {
  if (sender.id !== chrome.runtime.id || !isStateQuestion(message) || host.ended) return false;
  void host.answer.then(answer);
  return true; // answered later
});

// Where there are two documents, one waits for its turn. It must neither take a port, nor refuse it (that closes it for the
// document that serves too), nor hold it (nobody would hear of the other one's end): it does not listen before it serves.
void host.answer.then((answer) => {
  if ("ready" in answer) chrome.runtime.onConnect.addListener(join);
});

// Not one of these ports may be disconnected here but for good reason: that closes it for the service worker too.
function join(port: chrome.runtime.Port): void {
  if (port.name.startsWith("kai-view")) host.accept(port);
  else if (port.name === "kai-wake" && isOwnPage(port.sender)) answerWake(port);
}

// The worker answers as well; should it stop before it does, the view need not wait in vain.
function answerWake(port: chrome.runtime.Port): void {
  let open = true;
  port.onDisconnect.addListener(() => (open = false));
  void host.answer.then((answer) => open && port.postMessage(answer));
}

void host.start();

// The next wake makes a new document: nothing of an ended program (locks, channels, memory) may stay.
async function leave(reason: string): Promise<void> {
  await sayEnded(reason);
  window.close();
}

/** The worker owns the native port; frames cross parsed, so that only this end pays for JSON. */
function openThroughWorker(onFrame: (text: string) => void, onClose: (reason: string) => void): NativeLink {
  const port = chrome.runtime.connect({ name: "kai-native" });
  let reason = "exited: the background of kAI went away";
  port.onMessage.addListener((m: { frame?: unknown; closed?: string }) => {
    if (m.closed !== undefined) reason = m.closed;
    else onFrame(JSON.stringify(m.frame));
  });
  port.onDisconnect.addListener(() => {
    void chrome.runtime.lastError;
    onClose(reason);
  });
  return { post: (text) => port.postMessage({ frame: JSON.parse(text) as unknown }), close: () => port.disconnect() };
}
