// While kai is away the web app is served by what this browser keeps (bridge/copy.ts). This is the way there and back.
import { copyWanted, startCopy } from "../../../bridge/copy";
import { kaiAnswers } from "../../../bridge/socket";
import { sleep } from "../../../bridge/wait";
import type { App } from "./app";

const lookEvery = 2000; // ms
const askEvery = 200; // ms
const patience = 10_000; // ms: then what is left is exchanged behind the view's back

/** isAway tells whether a web app's partner is the copy. */
export function isAway(app: App): boolean {
  return app.webApp && app.client.partner?.app === "kai-runtime";
}

/** keepCopy begins to keep a copy once nothing else is to be done, where one is wanted. */
export function keepCopy(app: App, idle: (work: () => void) => void): void {
  if (copyWanted(app.guarded)) idle(() => void startCopy().catch(() => undefined)); // the next page tries again
}

/** goBack waits for kai, has all that was written here exchanged, and moves the view to it. */
export async function goBack(app: App): Promise<void> {
  while (app.away.peek() && !(await kaiAnswers())) await sleep(lookEvery, never());
  if (!app.away.peek()) return;
  const until = Date.now() + patience;
  await exchanged(app, until).catch(() => undefined); // kai may want its password first
  app.client.move();
}

// The first time that everything was exchanged since kai is back.
async function exchanged(app: App, until: number): Promise<void> {
  while (Date.now() < until && (await app.client.call("companion.retry", {})).state !== "connected") await sleep(askEvery, never());
  const before = await met(app);
  await app.client.call("sync.now", {});
  while (Date.now() < until && (await met(app)) === before) await sleep(askEvery, never());
}

function never(): AbortSignal {
  return new AbortController().signal;
}

async function met(app: App): Promise<string | undefined> {
  const state = await app.client.call("sync.state", {});
  return state.devices.find((d) => d.id === state.device)?.last;
}
