import assert from "node:assert/strict";
import { test } from "node:test";
import { source } from "./harness";

const css = source("views", "kit", "kit.css");
const tokens = new Map<string, [string, string]>();
for (const [, name, light, dark] of css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)) tokens.set(name!, [light!, dark!]);

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(colour.slice(i, i + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

// Which colour stands on which grounds, and how much contrast WCAG AA asks for there.
const rules: [string, string[], number][] = [
  ["text", ["ground", "raised", "sunken", "hover", "pressed", "accent-soft", "bad-soft", "warn-soft", "mark"], 4.5],
  ["muted", ["ground", "raised", "sunken", "hover", "pressed", "accent-soft"], 4.5],
  ["accent", ["ground", "raised", "sunken", "hover", "accent-soft"], 4.5],
  ["on-accent", ["accent", "accent-hover"], 4.5],
  ["bad", ["ground", "raised", "bad-soft"], 4.5],
  ["warn", ["ground", "raised", "warn-soft"], 4.5],
  ["code-word", ["sunken"], 4.5], ["code-text", ["sunken"], 4.5], ["code-number", ["sunken"], 4.5], ["code-name", ["sunken"], 4.5], ["code-note", ["sunken"], 4.5],
  ["control", ["ground", "raised", "sunken"], 3],
];

for (const [ink, grounds, least] of rules) {
  for (const ground of grounds) {
    test(`${ink} on ${ground} has contrast ${least} in both themes`, () => {
      for (const theme of [0, 1] as const) {
        const ratio = contrast(tokens.get(ink)![theme], tokens.get(ground)![theme]);
        assert.ok(ratio >= least, `${theme === 0 ? "light" : "dark"}: ${ratio.toFixed(2)}`);
      }
    });
  }
}

test("colours, sizes and distances are written once, as tokens", () => {
  const rest = css.slice(css.indexOf("*, *::before"));
  assert.deepEqual(rest.match(/#[0-9a-f]{3,8}\b/gi) ?? [], []);
});
