import assert from "node:assert/strict";
import { test } from "node:test";
import { h, render } from "preact";
import type { Client, Link } from "../bridge/client";
import type { SyncDevice } from "../gen/wire";
import { en } from "../strings/en";
import { Sync } from "../views/kit/settings/sync";
import { App } from "../views/kit/state/app";
import { AppContext } from "../views/kit/ui/context";
import { dom } from "./harness";

const page = dom();
globalThis.requestAnimationFrame = (work) => page.window.requestAnimationFrame(work);
const frame = () => new Promise<void>((done) => page.window.requestAnimationFrame(() => done()));

/** shown is what the settings say of each device, and under "" how the exchange goes. */
async function shown(...devices: SyncDevice[]): Promise<Record<string, string>> {
  const call = (method: string) => (method === "sync.state" ? Promise.resolve({ devices, lost: [] }) : new Promise(() => undefined));
  const app = new App("tab", { call, link: { state: "ready" } as Link } as unknown as Client, false);
  app.mode.value = "standalone";
  app.companion.value = { state: "connected" };
  render(h(AppContext.Provider, { value: app }, h(Sync, null)), document.body);
  for (let i = 0; i < 100 && !document.querySelector("article"); i++) await frame();
  const said = Object.fromEntries([...document.querySelectorAll("article")].map((a) => [a.getAttribute("aria-label"), a.textContent]));
  said[""] = document.querySelector("[role=status]")?.textContent;
  render(null, document.body);
  return said;
}

test("a device that cannot read what it keeps says so, and no other does", async () => {
  const said = await shown({ id: "1", name: "Server", kind: "kai", encrypted: true }, { id: "2", name: "Laptop", kind: "kai" });
  assert.ok(said.Server!.includes(en.sync.encrypted), said.Server);
  assert.ok(said.Laptop && !said.Laptop.includes(en.sync.encrypted), said.Laptop);
});

test("what a device has not taken yet is not called exchanged", async () => {
  const last = new Date().toISOString();
  const behind = await shown({ id: "1", name: "Laptop", connected: true, last, waiting: 2 });
  assert.equal(behind[""], "2 changes waiting.");
  const level = await shown({ id: "1", name: "Laptop", connected: true, last });
  assert.ok(level[""]!.startsWith("Everything is exchanged"), level[""]);
});
