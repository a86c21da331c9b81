import { signal } from "@preact/signals";
import { render } from "preact";
import { Gathered } from "../../log/collect";
import type { Line } from "../../log/record";
import type { Snapshot } from "../../gen/wire";
import { debug as t } from "../../strings/debug";
import { read } from "../kit/state/remember";
import { setTheme } from "../kit/theme";
import { Console } from "./console";
import { openDatabase } from "./database";
import { Inspector } from "./inspector";
import { enableDebugMode, type DebugSession } from "./session";

const tools = ["database", "log"] as const;
const tool = signal<(typeof tools)[number]>(location.hash === "#log" ? "log" : "database");
const db = signal<IDBDatabase | undefined>(undefined);
const lines = signal<readonly Line[]>([]);

/** Page is everything: which tool, and the tool. It asks the program nothing, for it must work when that does not run. */
function Page({ session }: { session: DebugSession }) {
  return (
    <main class="debug">
      <header class="debug-head">
        <h1>{t.title}</h1>
        <p class="aside">{t.session(session.sessionId, session.startTime)}</p>
        <fieldset class="segments">
          <legend class="unseen">{t.tool}</legend>
          <div>
            {tools.map((name) => (
              <label key={name}>
                <input type="radio" name="tool" checked={tool.value === name} onChange={() => (tool.value = name)} />
                <span>{t.tools[name]}</span>
              </label>
            ))}
          </div>
        </fieldset>
      </header>
      {tool.value === "database" ? <Inspector db={db.value} session={session} /> : <Console lines={lines.value} session={session} />}
    </main>
  );
}

async function begin(): Promise<void> {
  const root = document.getElementById("app");
  if (!root) throw new Error("the page has no place for the tools");
  document.title = t.title;
  setTheme(read<Partial<Snapshot>>("kai-snapshot")?.settings?.theme);
  const session = await enableDebugMode([
    { name: "indexeddb-inspector", activate: async () => { db.value = await openDatabase(); } },
    { name: "extension-console", activate: async () => { new Gathered((all) => (lines.value = [...all])); } },
  ]);
  render(<Page session={session} />, root);
}

void begin();
