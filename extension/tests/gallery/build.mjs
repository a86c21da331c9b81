// Builds the gallery into build/gallery and, given sheets, photographs them with Chromium. A sheet is a few scenes side by side:
//   node tests/gallery/build.mjs sidepanel/chat/light/400x720+sidepanel/chat/dark/400x720/de tab/settings/dark/1280x800
// A sheet may be named as in sheets.mjs; without arguments all of those are made.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { sheets } from "./sheets.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const out = join(root, "..", "build", "gallery");
mkdirSync(out, { recursive: true });
await build({ entryPoints: [join(here, "gallery.ts")], outfile: join(out, "gallery.js"), bundle: true, format: "esm", logLevel: "warning", jsx: "automatic", jsxImportSource: "preact" });
copyFileSync(join(here, "gallery.html"), join(out, "gallery.html"));
copyFileSync(join(root, "views", "kit", "kit.css"), join(out, "kit.css"));

const given = process.argv.slice(2);
const wanted = given.length === 0 ? sheets : Object.fromEntries(given.map((s) => (s in sheets ? [s, sheets[s]] : [s.replaceAll("/", "-"), s.split("+")])));
for (const [name, scenes] of Object.entries(wanted)) console.log(photograph(name, scenes.map(read)));

function read(scene) {
  const [context, name, theme, size, language = "en"] = scene.split("/");
  const [width, height] = size.split("x").map(Number);
  return { src: `gallery.html?context=${context}&scene=${name}&theme=${theme}&language=${language}`, width, height };
}

function photograph(name, scenes) {
  const page = join(out, `${name}.html`);
  const frames = scenes.map((s) => `<iframe src="${s.src}" width="${s.width}" height="${s.height}"></iframe>`).join("");
  writeFileSync(page, `<!doctype html><style>body{margin:0;display:flex;gap:8px;background:#888}iframe{border:0;flex:none}</style>${frames}
<script>
  addEventListener("message", ({ data }) => console.log("AXE " + JSON.stringify(data)));
  setTimeout(() => { for (const f of document.querySelectorAll("iframe")) f.contentWindow.postMessage("audit", "*"); }, 2500);
</script>`);
  const width = scenes.reduce((sum, s) => sum + s.width + 8, -8);
  const height = Math.max(...scenes.map((s) => s.height));
  const file = join(out, `${name}.png`);
  const { stderr } = spawnSync(process.env.KAI_CHROMIUM ?? "chromium", [
    "--headless=new", "--enable-logging=stderr", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files", "--virtual-time-budget=6000", "--force-device-scale-factor=1",
    `--window-size=${width},${height}`, `--screenshot=${file}`, pathToFileURL(page).href,
  ], { encoding: "utf8", timeout: 60_000, maxBuffer: 1 << 26 });
  for (const [, said] of stderr.matchAll(/"AXE (\{.*?\})", source/g)) {
    const { scene, found } = JSON.parse(said);
    for (const f of found) console.log(`  ${scene}: ${f}`);
  }
  if (process.env.KAI_LOUD || !stderr.includes("AXE ")) console.log(stderr);
  return file;
}
