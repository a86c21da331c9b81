// A page to look at the interface with made-up data: gallery.html?context=sidepanel&scene=chat&theme=dark&language=de
// (A language written from right to left shows English in its direction.)
import axe from "axe-core";
import { fault } from "../../bridge/fault";
import { speak } from "../../strings";
import { mount } from "../../views/kit/start";
import type { Context } from "../../views/kit/state/app";
import { conversations, discovered, failed, hits, live, long, messages, snapshot, synced, wrong } from "./data";
import { directionOf } from "../../strings/languages";
import { FakeClient, type Answers } from "./fake_client";

const asked = new URLSearchParams(location.search);
const context = (asked.get("context") ?? "sidepanel") as Context;
const scene = asked.get("scene") ?? "chat";
const theme = asked.get("theme") ?? "light";

const language = asked.get("language") ?? "en";
const settings = { theme, language, sync: scene === "synced", welcomed: scene !== "welcome" && scene !== "other" };
const last = { chat: live(), failed: failed(), waiting: { ...live(), text: "", thinking: "" } }[scene];
const shot = snapshot({
  settings,
  ...(!settings.welcomed ? { conversations: [], services: [] } : {}),
  ...(scene === "none" ? { conversations: [], services: [] } : {}),
  ...(scene === "many" ? { conversations: conversations(2000) } : {}),
  ...(scene === "private" ? { storage: { backend: "memory", durable: false, bytes: 0 } } : {}),
  ...(scene === "wrong" ? { services: wrong() } : {}),
  ...(scene === "long" ? { conversations: conversations(20).map((c, i) => (i === 0 ? { ...c, title: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft and other words" } : c)) } : {}),
  ...(scene === "fault" ? { storage: { backend: "indexeddb", durable: true, bytes: 0, fault: { code: "exhausted", message: "the browser gives kAI no more room", remedy: "delete conversations, or free space on the disk" } } } : {}),
  ...(scene === "full" ? { storage: { backend: "indexeddb", durable: true, bytes: 1_900_000_000, quota: 2_000_000_000 } } : {}),
  ...(scene === "broken" ? { companion: { state: "failed", detail: "kai is installed, but is older than this extension: update it" } } : {}),
  ...(scene === "settings" || scene === "absent" ? { companion: { state: "absent" } } : {}),
});

const answers: Answers = {
  "state.snapshot": () => shot,
  "conversation.list": () => ({ conversations: [] }),
  "message.list": ({ conversation }) => ({ conversation: conversations(50).find((c) => c.id === conversation), messages: scene === "long" ? long() : last ? [...messages(), last] : messages() }),
  "service.discover": () => ({ services: discovered() }),
  "service.test": () => ({ state: "unauth", millis: 4 }),
  "search": () => ({ hits: scene === "nothing" ? [] : hits(), millis: 3 }),
  "sync.state": () => synced(),
  "storage.usage": () => ({ backend: "indexeddb", durable: true, bytes: 14_200_000, quota: 2_000_000_000, records: { conversation: 1204, message: 20_310 } }),
  "service.add": (put) => ({ ...put, id: "new" }),
  "settings.set": (some) => ({ ...settings, ...some }),
  "model.pull": (_, each) => {
    each({ status: "pulling", completed: 122_000_000, total: 291_000_000 });
    return new Promise(() => undefined);
  },
  "conversation.delete": ({ id }) => conversations(50).find((c) => c.id === id),
};

const fakeChrome = {
  runtime: { id: "gallery" },
  commands: { getAll: () => Promise.resolve([{ name: "open-panel", description: "Open kAI in the side panel", shortcut: "Alt+Shift+K" }, { name: "open-tab", description: "Open kAI in a tab", shortcut: "" }]) },
  tabs: { query: () => Promise.resolve([{ id: 1, url: "https://example.org/optics" }]) },
  scripting: {
    executeScript: () => scene === "refused"
      ? Promise.reject(new Error("Cannot access contents of the page."))
      : Promise.resolve([{ result: { title: "Atmospheric optics – an introduction", url: "https://example.org/optics", selection: "", html: "", text: "Light and air. ".repeat(30_000) } }]),
  },
};
(globalThis as { chrome?: unknown }).chrome = fakeChrome;
localStorage.clear();
if (["chat", "failed", "waiting", "done", "drawer", "search", "nothing", "picker", "lost", "chips", "refused", "long", "delete-one", "rename", "thoughts"].includes(scene)) location.hash = "#/c/c0";
if (["settings", "service", "form", "edit", "delete", "remove", "wrong", "broken", "full", "ways", "synced"].includes(scene)) location.hash = "#settings";
const client = new FakeClient(answers);
await speak(language);
if (scene === "news") localStorage.setItem("kai-version", JSON.stringify("0.0.9"));
const app = mount(context, client.asClient(), false);
if (scene === "dead") client.become({ state: "failed", reason: fault("internal", "the WebAssembly program could not be compiled", "reload the extension") });
else if (scene === "locked") client.become({ state: "failed", reason: fault("locked", "this kAI is locked", "unlock it with its password") });
else client.become({ state: "ready" });
if (directionOf(language) === "rtl") document.documentElement.dir = "rtl";
if (scene === "help") app.screen.value = "help";
if (scene === "tour") app.tour.begin();
if (scene === "lost") setTimeout(() => client.become({ state: "lost" }), 50);

// What a scene needs pressed, in order, by the names that people and tests know.
const presses: Record<string, string[]> = {
  drawer: ["Show conversations"], many: context === "tab" ? [] : ["Show conversations"], picker: ["Model: gemma3:4b"], service: ["Add a service", "Test"], form: ["Add a service"], edit: ["Edit llama.cpp at home"], remove: ["Remove Ollama"], ways: ["Enter key", "Change address"],
  other: ["Add another service"], rename: ["Rename “Why the sky turns red at dusk”"], nothing: context === "tab" ? [] : ["Show conversations"],
  thoughts: ["Thoughts"], jump: [], delete: ["Delete all"],
  chips: ["Ask about this page"], refused: ["Ask about this page"],
  search: context === "tab" ? [] : ["Show conversations"], toast: ["Show conversations", "Delete “Kettle descaling with citric acid”"], welcome: ["Pull a model", "Pull"],
};
let wait = 300;
for (const name of presses[scene] ?? []) setTimeout(() => press(name), (wait += 150));
if (scene === "search") setTimeout(() => type("sky"), 800);
if (scene === "nothing") setTimeout(() => type("zeppelin"), 800);
if (scene === "toast") setTimeout(() => (app.drawer.value = false), 900);
if (scene === "error") setTimeout(() => app.complain(fault("exhausted", "the disk is full", "delete something or export and clear")), 200);

// The sheet asks what is not accessible when everything is in place.
addEventListener("message", () => {
  void axe.run({ resultTypes: ["violations"] }).then(({ violations }) => {
    const found = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary?.replaceAll("\n", " ")}`));
    if (document.documentElement.scrollWidth > innerWidth) found.push(`something sticks out sideways: ${document.documentElement.scrollWidth} of ${innerWidth}`);
    parent.postMessage({ scene: location.search, found }, "*");
  });
});

function press(name: string): void {
  const all = [...document.querySelectorAll<HTMLElement>("button, a, summary")];
  all.find((b) => b.offsetParent !== null && (b.getAttribute("aria-label") ?? b.textContent)?.trim() === name)?.click();
}

function type(words: string): void {
  const box = [...document.querySelectorAll<HTMLInputElement>("#search")].find((b) => b.offsetParent !== null);
  if (!box) return;
  box.value = words;
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
