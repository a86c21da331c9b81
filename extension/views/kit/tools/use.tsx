import { useComputed, useSignal, type ReadonlySignal } from "@preact/signals";
import { Fragment } from "preact";
import type { ToolUse } from "../../../gen/wire";
import { t } from "../../../strings";
import { asFault } from "../../../bridge/fault";
import { grant } from "../page/capture";
import type { Source } from "../knowledge/cited";
import type { Entry } from "../state/entry";
import type { Choice } from "../state/tools";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { ToolIcon } from "../ui/icons";
import { Markdown } from "../chat/markdown";
import { usePageLeave } from "./page_leave";
import { nameOf, readable } from "./words";

/** Rounds is an answer in which tools were called: text, the calls that followed it, and again. */
export function Rounds({ entry, running, sources }: { entry: Entry; running: boolean; sources: Source[] }) {
  const tools = entry.tools.value;
  const rounds = [...new Set(tools.map((u) => u.round))];
  const ends = rounds.map((r) => tools.find((u) => u.round === r)!.at);
  const busy = running && tools.every((u) => u.state && u.state !== "waiting" && u.state !== "running");
  return (
    <>
      {rounds.map((round, i) => (
        <Fragment key={round}>
          <Part text={entry.text} from={ends[i - 1] ?? 0} to={ends[i]} sources={sources} final />
          {tools.map((use, at) => use.round === round && <Call key={at} use={use} run={entry.message.value.run ?? ""} at={at} />)}
        </Fragment>
      ))}
      <Part key="last" text={entry.text} from={ends.at(-1) ?? 0} final={!running} busy={busy} sources={sources} />
    </>
  );
}

function Part({ text, from, to, final, busy, sources }: { text: ReadonlySignal<string>; from: number; to?: number; final: boolean; busy?: boolean; sources: Source[] }) {
  const part = useComputed(() => text.value.slice(from, to).trimStart());
  const none = useComputed(() => part.value === "").value;
  if (none) return busy ? <p class="waiting" role="img" aria-label={t.chat.waiting}><i /><i /><i /></p> : null;
  return <Markdown text={part} final={final} sources={sources} />;
}

function Call({ use, run, at }: { use: ToolUse; run: string; at: number }) {
  const state = use.state ? t.tools.states[use.state as keyof typeof t.tools.states] : t.tools.coming;
  if (use.state === "waiting") return <Consent use={use} run={run} at={at} />;
  return (
    <details class={`attached call ${use.state ?? ""}`}>
      <summary><ToolIcon /><span class="clip">{nameOf(use.name)}</span><span class="aside" role="status">{state}</span></summary>
      <Arguments text={use.arguments} />
      {use.result && <Quoted title={t.tools.result} text={use.result} />}
      {use.cut && <p class="aside">{t.tools.cut}</p>}
    </details>
  );
}

// A call is made when the person says so. What the model wrote is shown as text, never as anything else.
function Consent({ use, run, at }: { use: ToolUse; run: string; at: number }) {
  const app = useApp();
  const busy = useSignal(false);
  const decide = async (allow: boolean, from?: Choice) => {
    busy.value = true;
    try {
      if (from !== undefined) await app.tools.change(use.name, from);
      await app.client.call("tool.decide", { run, use: at, allow });
    } catch (error) {
      const fault = asFault(error);
      if (fault.code !== "conflict") app.complain(fault); // another view was quicker
    }
    busy.value = false;
  };
  const name = nameOf(use.name);
  const leave = usePageLeave(use.name);
  const allow = async (from?: Choice) => {
    if (leave) await grant(leave.origins).catch(() => false); // without it, the tool says what is missing
    await decide(true, from);
  };
  return (
    <section class="call asks" aria-label={t.tools.wants(name)}>
      <p role="status"><ToolIcon /><span>{t.tools.wants(name)}</span></p>
      <Arguments text={use.arguments} />
      {leave && <p class="aside">{t.tools.pageAsks(leave.host)}</p>}
      <div class="actions">
        <Button tone="primary" class="small" disabled={busy.value} onClick={() => void allow()}>{t.tools.once}</Button>
        <Button class="small" disabled={busy.value} onClick={() => void allow("always")}>{t.tools.always}</Button>
        <Button class="small" disabled={busy.value} onClick={() => void decide(false)}>{t.tools.refuse}</Button>
        <Button tone="quiet" class="small" disabled={busy.value} title={t.tools.neverHint} onClick={() => void decide(false, "")}>{t.tools.never}</Button>
      </div>
    </section>
  );
}

function Arguments({ text }: { text: string }) {
  const given = text.trim();
  return given && given !== "{}" ? <Quoted title={t.tools.with} text={readable(given)} /> : null;
}

function Quoted({ title, text }: { title: string; text: string }) {
  return (
    <>
      <p class="aside">{title}</p>
      <blockquote tabIndex={0}>{text}</blockquote>
    </>
  );
}
