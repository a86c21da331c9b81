// The web app's home of the runtime: a worker that all of its tabs share. It keeps a copy of the conversations in IndexedDB,
// exchanges it with kai while kai is there, and serves the tabs while kai is not. Its name is whose copy it is.
import type { CopyAnswer, CopyRequest } from "../bridge/copy";
import type { KaiHost, KaiProgram, NativeLink, ViewEnd } from "./contract";
import { makeIdbShim, type IdbShim } from "./idb";
import { runProgram } from "./program";
import { pump } from "./pump";

interface Scope {
  name: string;
  onconnect: (event: MessageEvent) => void;
  close(): void;
}
declare function importScripts(...urls: string[]): void;

const scope = globalThis as unknown as Scope;
const ports = new Set<MessagePort>();
let program: KaiProgram | undefined;
let running = false;
let over = "";
let settle: () => void = () => undefined;
const settled = new Promise<void>((resolve) => (settle = resolve));

scope.onconnect = (event) => {
  const [port] = event.ports;
  if (port) port.onmessage = (e: MessageEvent<CopyRequest>) => hear(port, e.data);
};

importScripts("/wasm_exec.js");
(globalThis as { kaiHost?: KaiHost }).kaiHost = host();

function hear(port: MessagePort, said: CopyRequest): void {
  if ("wipe" in said) return end("What this browser kept was removed.");
  run();
  if ("join" in said) void join(port, said.join);
}

// Not before somebody wants it: a worker that was made only to be told to end would keep things anew.
function run(): void {
  if (running) return;
  running = true;
  runProgram("/kai.wasm").then(end, (error: unknown) => end(`kAI could not be started: ${String(error)}`));
}

// A page holds a lock for as long as it is there: nothing else tells when it is gone.
async function join(port: MessagePort, lock: string): Promise<void> {
  await settled;
  if (!program) return answer(port, { ended: over });
  const leave = () => ports.delete(port) && view.closed();
  const view: ViewEnd = program.connect({ post: (frame) => port.postMessage(frame), close: leave }, "tab");
  ports.add(port);
  port.onmessage = (event: MessageEvent<CopyRequest | string>) => {
    if (typeof event.data === "string") view.frame(event.data);
    else hear(port, event.data);
  };
  answer(port, { ready: true });
  await navigator.locks.request(lock, leave);
}

function answer(port: MessagePort, said: CopyAnswer): void {
  port.postMessage(said);
}

// Nothing of an ended program may stay, so the worker ends with it; the next page that wants one makes a new one.
function end(reason: string): void {
  over ||= reason;
  program = undefined;
  settle();
  for (const port of ports) answer(port, { ended: over });
  scope.close();
}

function host(): KaiHost {
  return {
    version: "web",
    browser: navigator.userAgent.includes("Firefox/") ? "web-firefox" : "web-chromium",
    config: JSON.stringify({ sync_with_kOS: true, local_services: [], ui_mode: "tab" }),
    private: false,
    ready: (served) => {
      program = served;
      settle();
    },
    failed: end,
    busy: () => undefined,
    idb: named(makeIdbShim()),
    pump,
    storage: { get: refuse, set: refuse, remove: refuse, bytes: refuse },
    native: { open: openKai },
    originRule: () => Promise.resolve("a page cannot"),
    snapshot: () => undefined, // views keep their own
  };
}

function refuse(): Promise<never> {
  return Promise.reject(new Error("a page has no such storage"));
}

// Each kai that has had this address has a database of its own.
function named(shim: IdbShim): IdbShim {
  return {
    ...shim,
    factory: (blocked) => {
      const factory = shim.factory(blocked);
      return { ...factory, open: (name, version) => factory.open(`${name}-${scope.name}`, version) };
    },
  };
}

function openKai(onFrame: (text: string) => void, onClose: (reason: string) => void): NativeLink {
  const url = new URL("/api/device", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url);
  let early: string[] | undefined = [];
  socket.onopen = () => {
    for (const text of early ?? []) socket.send(text);
    early = undefined;
  };
  socket.onmessage = (event: MessageEvent<unknown>) => typeof event.data === "string" && onFrame(event.data);
  socket.onclose = (event) => onClose(early ? "failed: kAI does not answer" : `exited: ${event.reason}`);
  return { post: (text) => (early ? early.push(text) : socket.send(text)), close: () => socket.close() };
}
