import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import { test } from "node:test";
import { languages } from "../strings/languages";
import { news } from "../strings/news";
import { dueNews } from "../views/kit/help/news";
import { Tour } from "../views/kit/help/tour";
import { dom, settle, source } from "./harness";

function app(settings: { toured?: boolean } = {}) {
  const set: unknown[] = [];
  const it = {
    set, opened: 0, loaded: signal(false), welcome: signal(false), choice: signal<unknown>(undefined), settings: signal<{ toured?: boolean }>(settings),
    open: () => it.opened++, keep: () => undefined,
    client: { call: async (_: string, some: object) => (set.push(some), { ...it.settings.peek(), ...some }) },
    attempt: async (work: Promise<unknown>) => (await work, true),
  };
  return it;
}

// firstRun leads a view from the first-run screen to a model.
function firstRun(it: ReturnType<typeof app>) {
  it.loaded.value = true;
  it.welcome.value = true;
  it.welcome.value = false;
  it.choice.value = { service: "s", model: "m" };
}

test("the tour begins once the first run has led to a model, and once it was walked or skipped that is kept", async () => {
  const it = app();
  const tour = new Tour(it as never);
  const stop = tour.follow();
  it.loaded.value = true;
  it.welcome.value = true;
  assert.equal(tour.step.value, undefined);
  it.welcome.value = false;
  assert.equal(tour.step.value, undefined, "there is no model yet");
  it.choice.value = { service: "s", model: "m" };
  assert.equal(tour.step.value, 0);
  await settle();
  assert.deepEqual(it.set, [], "the first run's own settings are on their way");
  tour.end();
  await settle();
  assert.deepEqual(it.set, [{ toured: true }]);
  it.choice.value = undefined;
  it.choice.value = { service: "s", model: "other" };
  assert.equal(tour.step.value, undefined, "it is not shown a second time");
  stop();
});

test("the tour is not shown to who saw it, or used kAI before", () => {
  const seen = app({ toured: true });
  const one = new Tour(seen as never);
  one.follow();
  firstRun(seen);
  assert.equal(one.step.value, undefined);

  const old = app();
  const other = new Tour(old as never);
  other.follow();
  old.loaded.value = true;
  old.choice.value = { service: "s", model: "m" };
  assert.equal(other.step.value, undefined);
});

test("the tour goes forth and back, ends after its last step, and is shown again from the help", async () => {
  const it = app({ toured: true });
  const tour = new Tour(it as never);
  tour.again();
  assert.equal(it.opened, 1);
  assert.equal(tour.step.value, 0);
  tour.go(-1, 2);
  assert.equal(tour.step.value, 0);
  tour.go(1, 2);
  tour.go(1, 2);
  assert.equal(tour.step.value, 2);
  tour.go(1, 2);
  assert.equal(tour.step.value, undefined);
  await settle();
  assert.deepEqual(it.set, [], "it was kept before");
});

test("there is news of a version for whoever had another one, until they are put away; never on the first day", async () => {
  dom();
  assert.equal(await dueNews("0.1.0"), undefined);
  assert.equal(localStorage.getItem("kai-version"), '"0.1.0"', "the first version is no news");
  assert.equal(await dueNews("0.1.0"), undefined);

  localStorage.setItem("kai-version", '"0.0.9"');
  assert.equal(await dueNews("0.1.0"), news["0.1.0"]);
  assert.equal(await dueNews("0.1.0"), news["0.1.0"], "they stay until they are put away");
  assert.equal(await dueNews("0.1.1"), undefined, "a version without news");
  assert.equal(localStorage.getItem("kai-version"), '"0.1.1"');
});

test("the news of a version say as much in each language, and the newest version has some", () => {
  for (const [version, lines] of Object.entries(news)) {
    assert.deepEqual(Object.keys(lines).sort(), Object.keys(languages).sort(), version);
    for (const [language, said] of Object.entries(lines)) assert.equal(said.length, lines.en.length, `${version} ${language}`);
  }
  const { version } = JSON.parse(source("..", "manifest.json")) as { version: string };
  assert.ok(news[version], `strings/news.ts has nothing of ${version}: write its highlights, or say why there are none`);
});

test("what the manifest says is said in each language", () => {
  const used = [...source("..", "manifest.json").matchAll(/__MSG_(\w+)__/g)].map((m) => m[1]!);
  assert.ok(used.length > 3);
  const english = JSON.parse(source("_locales", "en", "messages.json")) as Record<string, { message: string }>;
  for (const locale of ["en", "de", "es", "fr", "zh_CN"]) {
    const said = JSON.parse(source("_locales", locale, "messages.json")) as Record<string, { message: string }>;
    assert.deepEqual(Object.keys(said).sort(), [...new Set(used)].sort(), locale);
    for (const [key, { message }] of Object.entries(said)) assert.ok(locale === "en" || message !== english[key]!.message, `${locale} ${key}`);
    assert.ok(said.description!.message.length <= 132, `${locale}: stores take 132 characters`);
  }
});
