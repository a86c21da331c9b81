import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { en as dashboard } from "../strings/dashboard/en";
import { debug } from "../strings/debug";
import { en } from "../strings/en";
import { folder, source } from "./harness";

const views = readdirSync(join(folder, "..", "views"), { recursive: true, encoding: "utf8" }).filter((f) => /\.tsx?$/.test(f));

// What a person would read or hear, written where it is shown: between tags, in an attribute that speaks, or in a notice.
const spoken = [
  /(?<![=\s])>\s*([^<>{}=;()]*[A-Za-z]{2}[^<>{}=;()]*?)\s*(?=<\/|\{|<[A-Za-z])/g,
  /\b(?:aria-label|aria-description|title|placeholder|label|alt)="([^"$]*[A-Za-z][^"$]*)"/g,
  /(?:notices\.show|notices\.say|\bsay)\(\s*["'`]([^"'`$]*[A-Za-z][^"'`]*)["'`]/g,
  /\?\s*"([A-Z][a-z]+ [a-z][^"]*)"/g,
];

function written(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return spoken.flatMap((pattern) => [...code.matchAll(pattern)].map((m) => m[1]!));
}

test("no view has a sentence of its own: all of them are in the catalogue", () => {
  for (const file of views) assert.deepEqual(written(source("views", file)), [], file);
});

test("what is looked for above is found where it is", () => {
  assert.deepEqual(written('<p class="x">Hello there</p>'), ["Hello there"]);
  assert.deepEqual(written("<b>{n}</b><p>Hello {name}</p>"), ["Hello"]);
  assert.deepEqual(written('<IconButton label="Close" />'), ["Close"]);
  assert.deepEqual(written('app.notices.show("Saved.")'), ["Saved."]);
  assert.deepEqual(written('busy ? "Please wait" : ""'), ["Please wait"]);
});

/** unused gives the paths in the catalogue that no view names, one by one or by computing the last step. */
function unused(tree: object, path: string, code: string): string[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const here = `${path}.${key}`;
    const named = new RegExp(`${here.replaceAll(".", "\\.")}\\b`).test(code);
    if (typeof value !== "object" || Array.isArray(value)) return named ? [] : [here];
    return code.includes(`${here}[`) || code.includes(`Object.entries(${here})`) ? [] : unused(value as object, here, code);
  });
}

test("every sentence of the catalogue is used", () => {
  const code = (...parts: string[]) => views.filter((f) => parts.some((p) => f.startsWith(p))).map((f) => source("views", f)).join("\n");
  assert.deepEqual(unused(en, "t", code("kit", "popup", "sidepanel", "tab") + source("strings", "index.ts")), []);
  assert.deepEqual(unused(dashboard, "t", code("dashboard")), []);
  assert.deepEqual(unused(debug, "t", code("debug")), []);
});
