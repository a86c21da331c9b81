// Firefox's background: the event page hosts the runtime itself, and does what Chromium divides between two.
import { recordLog } from "../log/record";
import { frontTab, readTab } from "../page/tab";
import { serveActions } from "./actions";
import type { Surroundings, WakeAnswer } from "./contract";
import { noteCrash, tooManyCrashes } from "./crashes";
import { KeepAwake } from "./keep_awake";
import { isPing } from "./messages";
import { openNativeText } from "./native";
import { setOriginRules } from "./origin_rule";
import { readFacts, storage } from "./platform";
import { RuntimeHost } from "./runtime_host";
import { isOwnPage } from "./sender";

recordLog("runtime");

const surroundings: Surroundings = {
  browser: "firefox",
  facts: readFacts,
  storage,
  native: openNativeText,
  originRule: setOriginRules,
  readPage: async () => readTab(await frontTab("last")),
};

const awake = new KeepAwake();
let host: RuntimeHost | undefined;

chrome.runtime.onConnect.addListener((port) => {
  if (port.name === "kai-wake" && isOwnPage(port.sender)) void answerWake(port);
  else if (port.name.startsWith("kai-view") && host) host.accept(port);
  else port.disconnect();
});

chrome.runtime.onMessage.addListener((message: unknown, sender, answer) => {
  if (sender.id === chrome.runtime.id && isPing(message)) answer({ version: chrome.runtime.getManifest().version });
  return false;
});

serveActions();

async function answerWake(port: chrome.runtime.Port): Promise<void> {
  let open = true;
  port.onDisconnect.addListener(() => (open = false));
  const answer = await wake().catch((error: unknown): WakeAnswer => ({ error: String(error) }));
  if (open) port.postMessage(answer);
}

async function wake(): Promise<WakeAnswer> {
  if (host?.ended) return new Promise(() => undefined); // the page is about to go, and the port with it: the view asks again
  const reason = host ? undefined : await tooManyCrashes();
  if (reason !== undefined) return { error: reason };
  host ??= start();
  return host.answer;
}

function start(): RuntimeHost {
  const fresh = new RuntimeHost(surroundings, (reason) => void restart(reason), (needed) => awake.set(needed));
  void fresh.start();
  return fresh;
}

// Nothing of an ended program (locks, channels, memory) may stay, so the page is loaded anew.
async function restart(reason: string): Promise<void> {
  await noteCrash(reason);
  location.reload();
}
