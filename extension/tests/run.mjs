// Bundles the tests and runs them with Node's own runner. Names after "run.mjs" choose among them.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const tests = readdirSync(here).filter((f) => f.endsWith(".test.ts") && (wanted.length === 0 || wanted.some((w) => f.includes(w))));
const out = mkdtempSync(join(tmpdir(), "kai-extension-tests-"));
try {
  await build({
    entryPoints: tests.map((f) => join(here, f)), outdir: out, outExtension: { ".js": ".mjs" }, bundle: true, format: "esm", platform: "node",
    external: ["jsdom"], logLevel: "warning", sourcemap: "inline", jsx: "automatic", jsxImportSource: "preact", nodePaths: [join(here, "..", "node_modules")],
  });
  const files = readdirSync(out).filter((f) => f.endsWith(".mjs")).map((f) => join(out, f));
  process.exitCode = spawnSync(process.execPath, ["--enable-source-maps", "--no-warnings", "--test", ...files], {
    stdio: "inherit", env: { ...process.env, KAI_TESTS: here }, // the bundles live elsewhere and ask where the tests are
  }).status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
