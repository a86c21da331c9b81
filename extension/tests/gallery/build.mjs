// Builds the gallery into build/gallery and, given scenes, photographs them with Chromium:
//   node tests/gallery/build.mjs sidepanel/chat/light/400x720 tab/settings/dark/1280x800
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const out = join(root, "..", "build", "gallery");
mkdirSync(out, { recursive: true });
await build({ entryPoints: [join(here, "gallery.ts")], outfile: join(out, "gallery.js"), bundle: true, format: "iife", logLevel: "warning", jsx: "automatic", jsxImportSource: "preact" });
copyFileSync(join(here, "gallery.html"), join(out, "gallery.html"));
copyFileSync(join(root, "views", "kit", "kit.css"), join(out, "kit.css"));

const browser = process.env.KAI_CHROMIUM ?? "chromium";
for (const scene of process.argv.slice(2)) {
  const [context, name, theme, size] = scene.split("/");
  const url = `${pathToFileURL(join(out, "gallery.html"))}?context=${context}&scene=${name}&theme=${theme}`;
  const file = join(out, `${scene.replaceAll("/", "-")}.png`);
  execFileSync(browser, [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files", "--virtual-time-budget=4000", "--force-device-scale-factor=1",
    `--window-size=${size.replace("x", ",")}`, `--screenshot=${file}`, url,
  ], { stdio: ["ignore", "ignore", process.env.KAI_LOUD ? "inherit" : "ignore"], timeout: 60_000 });
  console.log(file);
}
