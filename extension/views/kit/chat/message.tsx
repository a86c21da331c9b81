import { useComputed, useSignal } from "@preact/signals";
import type { Attachment, Message as Record, RunStats } from "../../../gen/wire";
import { t } from "../../../strings";
import { bytes } from "../../../strings/format";
import { sourcesOf, type Source } from "../knowledge/cited";
import { Sources } from "../knowledge/sources";
import { retry } from "../state/actions";
import { sentence } from "../state/app";
import type { Entry } from "../state/entry";
import type { Turn } from "../state/path";
import { Rounds } from "../tools/use";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { copy } from "../ui/copy";
import { AlertIcon, CheckIcon, CopyIcon, PageIcon, PencilIcon, QuoteIcon, RetryIcon, SpeakIcon, StopIcon } from "../ui/icons";
import { Beside } from "./beside";
import { Markdown } from "./markdown";
import { Picture } from "./picture";
import { Rewording } from "./rewording";

/** Message is one turn of the conversation. */
export function Message({ turn, last }: { turn: Turn; last: boolean }) {
  return turn.entry.message.value.role === "user" ? <Question turn={turn} /> : <Answer turn={turn} last={last} />;
}

function Question({ turn }: { turn: Turn }) {
  const app = useApp();
  const editing = useSignal(false);
  const { entry } = turn;
  const message = entry.message.value;
  const waiting = app.link.value.state === "ready" ? t.chat.pending : t.chat.pendingStart;
  return (
    <article class={`question ${entry.pending ? "pending" : ""}`} id={`m-${entry.id}`} aria-label={t.chat.you}>
      {(message.attachments ?? []).filter((a) => a.type !== "passage").map((a, i) => <Attached key={i} attachment={a} />)}
      {editing.value && <Rewording entry={entry} onDone={() => (editing.value = false)} />}
      {!editing.value && message.text && (
        <div class="said">
          <div class="bubble">{message.text}</div>
          {!entry.pending && <Copy entry={entry} />}
          {!entry.pending && <Edit onClick={() => (editing.value = true)} />}
        </div>
      )}
      <Beside turn={turn} />
      {entry.pending && <p class="aside">{waiting}</p>}
    </article>
  );
}

function Edit({ onClick }: { onClick: () => void }) {
  const app = useApp();
  return <IconButton class="small" label={t.chat.edit} disabled={app.thread.live.value !== undefined} onClick={onClick}><PencilIcon /></IconButton>;
}

/** Attached shows what page text went along with a question. The text itself is folded away. */
export function Attached({ attachment: a }: { attachment: Attachment }) {
  if (a.type === "image") return <div class="pictured"><Picture attachment={a} /></div>;
  return (
    <details class="attached">
      <summary>
        {a.type === "selection" ? <QuoteIcon /> : <PageIcon />}
        <span class="clip">{a.title || a.url}</span>
        <span class="aside">{bytes(a.text.length)}{a.truncated ? `, ${t.page.shortened}` : ""}</span>
      </summary>
      <p class="aside clip">{a.url}</p>
      <blockquote tabIndex={0}>{a.text.slice(0, 4000)}{a.text.length > 4000 ? "…" : ""}</blockquote>
    </details>
  );
}

function Answer({ turn, last }: { turn: Turn; last: boolean }) {
  const { entry } = turn;
  const message = entry.message.value;
  const running = message.state === "running";
  const sources = sourcesOf(turn.follows?.message.value, entry.tools.value);
  return (
    <article class="answer" id={`m-${entry.id}`} aria-label={t.chat.answer} aria-busy={running}>
      <Thoughts entry={entry} running={running} />
      <Body entry={entry} running={running} sources={sources} />
      {(message.attachments ?? []).map((a, i) => <Attached key={i} attachment={a} />)}
      {!running && <Outcome message={message} />}
      {!running && message.text && <Sources text={message.text} sources={sources} />}
      {!running && (
        <div class={`tools ${last ? "kept" : ""}`}>
          <Beside turn={turn} />
          <Copy entry={entry} />
          {message.text && <Speak entry={entry} />}
          {message.state !== "done" && message.state !== undefined && <Again message={message} />}
          {message.text && <Another message={message} />}
          <Figures message={message} />
        </div>
      )}
    </article>
  );
}

function Body({ entry, running, sources }: { entry: Entry; running: boolean; sources: Source[] }) {
  const called = useComputed(() => entry.tools.value.length > 0).value;
  return called ? <Rounds entry={entry} running={running} sources={sources} /> : <Said entry={entry} running={running} sources={sources} />;
}

// What follows asks only whether there is text: it is not drawn again for every token.
function Said({ entry, running, sources }: { entry: Entry; running: boolean; sources: Source[] }) {
  const empty = useComputed(() => entry.text.value === "").value;
  const thoughtless = useComputed(() => entry.thinking.value === "").value;
  if (empty && running) {
    return thoughtless ? <p class="waiting" role="img" aria-label={t.chat.waiting}><i /><i /><i /></p> : null;
  }
  const { state, attachments = [] } = entry.message.value;
  if (empty) return state === "done" && attachments.length === 0 ? <p class="aside">{t.chat.noText}</p> : null;
  return <Markdown key="text" text={entry.text} final={!running} sources={sources} />;
}

function Thoughts({ entry, running }: { entry: Entry; running: boolean }) {
  const open = useSignal(false);
  const none = useComputed(() => entry.thinking.value === "").value;
  const waiting = useComputed(() => entry.text.value === "").value;
  if (none) return null;
  const busy = running && waiting;
  return (
    <details class="thoughts" open={open.value} onToggle={(e) => (open.value = e.currentTarget.open)}>
      <summary class={busy ? "busy" : ""}>{busy ? t.chat.thinking : t.chat.thought}</summary>
      {open.value && <div class="thought">{entry.thinking.value}</div>}
    </details>
  );
}

// How an answer ended, when it did not simply end.
function Outcome({ message }: { message: Record }) {
  if (message.state === "stopped") return <p class="aside">{t.chat.stopped}</p>;
  if (message.state === "interrupted") return <Wrong text={message.fault ? sentence(message.fault) : t.chat.interrupted} tone="warn" />;
  if (message.state === "failed") return <Wrong text={message.fault ? sentence(message.fault) : t.chat.failed} tone="bad" />;
  return message.stats?.reason === "length" ? <p class="aside">{t.chat.cut}</p> : null;
}

function Wrong({ text, tone }: { text: string; tone: "warn" | "bad" }) {
  return <div class={`notice ${tone}`}><AlertIcon /><p>{withCommands(text)}</p></div>;
}

// What stands between backticks in a fault is to be typed.
function withCommands(text: string) {
  return text.split(/`([^`]+)`/).map((part, i) => (i % 2 ? <code key={i}>{part}</code> : part));
}

function Again({ message }: { message: Record }) {
  const [busy, again] = useRetry(message, false);
  return <Button tone="quiet" class="small" disabled={busy} onClick={again}><RetryIcon />{t.app.tryAgain}</Button>;
}

// Asks the same question once more; this answer stays.
function Another({ message }: { message: Record }) {
  const app = useApp();
  const [busy, again] = useRetry(message, true);
  return <IconButton class="small" label={t.chat.another} disabled={busy || app.thread.live.value !== undefined} onClick={again}><RetryIcon /></IconButton>;
}

function useRetry(message: Record, another: boolean): [busy: boolean, again: () => void] {
  const app = useApp();
  const busy = useSignal(false);
  const again = async () => {
    busy.value = true;
    await retry(app, message.id, another);
    busy.value = false;
  };
  return [busy.value, () => void again()];
}

function Copy({ entry }: { entry: Entry }) {
  const app = useApp();
  const done = useSignal(false);
  const press = async () => {
    done.value = await copy(app, entry.current());
    setTimeout(() => (done.value = false), 1500);
  };
  return (
    <IconButton class="small" label={done.value ? t.chat.copied : t.chat.copyMessage} onClick={() => void press()}>
      {done.value ? <CheckIcon /> : <CopyIcon />}
    </IconButton>
  );
}

// Offered once the person turned it on.
function Speak({ entry }: { entry: Entry }) {
  const { voice } = useApp();
  if (!voice.ready) return null;
  const speaking = voice.speaking.value === entry.id;
  return (
    <IconButton class="small" label={speaking ? t.voice.stop : t.voice.read} onClick={() => void voice.toggle(entry.id, entry.current())}>
      {speaking ? <StopIcon /> : <SpeakIcon />}
    </IconButton>
  );
}

function Figures({ message }: { message: Record }) {
  const parts = [...figures(message.stats), message.model].filter(Boolean);
  return parts.length > 0 ? <p class="figures">{parts.join(" · ")}</p> : null;
}

/** figures puts how fast an answer came into words. */
export function figures(stats: RunStats | undefined): string[] {
  if (!stats) return [];
  const out: string[] = [];
  if (stats.tokensPerSecond) out.push(t.chat.speed(stats.tokensPerSecond));
  if (stats.tokens) out.push(t.chat.tokens(stats.tokens));
  if (stats.millis) out.push(t.chat.took(stats.millis));
  return out;
}
