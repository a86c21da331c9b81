import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import type { ToolDefinition, ToolList } from "../../../gen/wire";
import { t } from "../../../strings";
import { Section } from "../settings/section";
import type { Choice } from "../state/tools";
import { useApp } from "../ui/context";
import { Guests, useGuests } from "./guests/section";
import { browserSource, guestSource, own, pageTool } from "./own";
import { nameOf } from "./words";

/** Tools says of each tool whether models may call it. */
export function Tools() {
  const app = useApp();
  const others = useSignal<ToolList>({ tools: [] });
  const connected = app.companion.value.state === "connected";
  useEffect(() => void app.attempt(app.tools.load()), []);
  useEffect(() => {
    if (connected) void app.client.call("tool.list", {}).then((list) => (others.value = list), () => undefined); // an earlier kai has none
    else others.value = { tools: [] };
  }, [connected]);
  const guests = useGuests();
  const known = [...own, ...(app.webApp ? [] : [pageTool]), ...guests.definitions, ...(others.value.tools ?? [])];
  const gone = app.tools.on.value.filter((o) => !known.some((k) => k.name === o.name && (k.source ?? "") === (o.source ?? "")));
  const all = [...known, ...gone];
  return (
    <Section title={t.tools.title} lead={t.tools.lead}>
      {[...new Set(all.map(shelf))].map((source) => (
        <div key={source}>
          {source && <h3 class="section-part">{origin(source)}</h3>}
          <ul class="choices">
            {all.filter((d) => shelf(d) === source).map((d) => <li key={d.name}><Row tool={d} /></li>)}
          </ul>
        </div>
      ))}
      {!app.webApp && <Guests guests={guests} />}
      {others.value.faults?.map((f) => <p key={f} class="aside" role="status">{f}</p>)}
    </Section>
  );
}

// Reading the page is listed with what kAI brings.
function shelf(tool: ToolDefinition): string {
  return tool.source === browserSource ? "" : (tool.source ?? "");
}

function origin(source: string): string {
  return source.startsWith("mcp ") ? t.tools.of(source.slice(4)) : source === guestSource ? t.knowledge.here : t.tools.kai;
}

function Row({ tool }: { tool: ToolDefinition }) {
  const app = useApp();
  const id = useId();
  const name = tool.title || nameOf(tool.name);
  const about = shelf(tool) === "" && tool.name in t.tools.about ? t.tools.about[tool.name as keyof typeof t.tools.about] : tool.description;
  return (
    <div class="choice">
      <div class="grow">
        <p>{name}</p>
        {about && <p class="aside" id={id}>{about}</p>}
      </div>
      <select
        aria-label={t.tools.choiceOf(name)} aria-describedby={about ? id : undefined} value={app.tools.of(tool)}
        onChange={(e) => void app.attempt(app.tools.choose(tool, e.currentTarget.value as Choice))}
      >
        <option value="">{t.tools.off}</option>
        <option value="ask">{t.tools.ask}</option>
        <option value="always">{t.tools.always}</option>
      </select>
    </div>
  );
}
