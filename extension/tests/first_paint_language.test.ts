import assert from "node:assert/strict";
import { test } from "node:test";
import { dom } from "./harness";

test("nothing is painted in a language that is not shown any more", async () => {
  dom('<!doctype html><html lang="en" data-context="sidepanel"><body><div id="app"></div></body></html>');
  localStorage.setItem("kai-snapshot", JSON.stringify({ settings: { theme: "dark", language: "fr", welcomed: true }, conversations: [] }));
  localStorage.setItem("kai-words", JSON.stringify({ language: "de", message: "Nachricht" }));
  await import("../views/kit/first_paint");
  assert.equal(document.documentElement.lang, "fr");
  assert.equal(document.documentElement.dir, "ltr");
  assert.equal(document.querySelector("#app")!.childElementCount, 0);
});
