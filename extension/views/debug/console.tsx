import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asText, filtered } from "../../log/collect";
import type { Level, Line } from "../../log/record";
import { debug as t } from "../../strings/debug";
import { Button } from "../kit/ui/button";
import { Field } from "../kit/ui/field";
import { save } from "../kit/ui/save";
import type { DebugSession } from "./session";

const levels: readonly Level[] = ["debug", "info", "warn", "error"];
const mostShown = 1000;

/** Console shows what all contexts of the extension wrote, newest last, and follows it while the end is in sight. */
export function Console({ lines, session }: { lines: readonly Line[]; session: DebugSession }) {
  const context = useSignal("");
  const level = useSignal<Level>("debug");
  const text = useSignal("");
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const wanted = filtered(lines, { context: context.value, level: level.value, text: text.value });
  const contexts = [...new Set(lines.map((l) => l.context))].sort();
  useEffect(() => {
    if (follows.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [wanted.length]);
  const keep = () => save(new Blob([`# ${JSON.stringify(session)}\n`, asText(wanted)], { type: "text/plain" }), `kai-log-${session.startTime.slice(0, 10)}.txt`);
  return (
    <section class="debug-tool" aria-label={t.tools.log}>
      <div class="debug-bar">
        <Field label={t.context}>
          {(c) => (
            <select {...c} value={context.value} onChange={(e) => (context.value = e.currentTarget.value)}>
              <option value="">{t.all}</option>
              {contexts.map((name) => <option key={name} value={name}>{name}</option>)}
            </select>
          )}
        </Field>
        <Field label={t.level}>
          {(c) => (
            <select {...c} value={level.value} onChange={(e) => (level.value = e.currentTarget.value as Level)}>
              {levels.map((name) => <option key={name} value={name}>{t.levels[name]}</option>)}
            </select>
          )}
        </Field>
        <Field label={t.search}>
          {(c) => <input type="text" {...c} value={text.value} onInput={(e) => (text.value = e.currentTarget.value)} />}
        </Field>
        <Button onClick={keep} disabled={wanted.length === 0}>{t.exportLog}</Button>
      </div>
      {wanted.length === 0 && <p class="aside debug-empty">{lines.length === 0 ? t.noLines : t.noMatch}</p>}
      <div
        class="debug-lines" ref={box} tabIndex={0} role="log" aria-label={t.tools.log}
        onScroll={(e) => (follows.current = e.currentTarget.scrollTop + e.currentTarget.clientHeight >= e.currentTarget.scrollHeight - 8)}
      >
        {wanted.slice(-mostShown).map((l) => <LogLine key={`${l.context} ${l.time} ${l.text}`} line={l} />)}
      </div>
      <p class="aside">{t.lines(wanted.length, lines.length)}</p>
    </section>
  );
}

function LogLine({ line }: { line: Line }) {
  const time = useComputed(() => new Date(line.time).toISOString().slice(11, 23));
  return (
    <p class={`log-line ${line.level}`}>
      <time>{time}</time> <span class="log-level">{t.levels[line.level]}</span> <span class="log-context">{line.context}</span> <span class="log-text">{line.text}</span>
    </p>
  );
}
