import { untracked, useSignalEffect } from "@preact/signals";
import { Fragment } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { t } from "../../../strings";
import { choose } from "../state/actions";
import { sentence, type App } from "../state/app";
import { questions } from "../state/questions";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { DownIcon } from "../ui/icons";
import { Empty } from "./empty";
import { Message } from "./message";
import { ReadFrom } from "./room";
import { Follow } from "./scroll";
import { Waiting } from "./waiting";

/** ThreadView is the scrolled list of messages, or what there is instead. */
export function ThreadView() {
  const app = useApp();
  const { thread } = app;
  const outer = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const follow = useMemo(() => new Follow(), []);
  useEffect(() => (outer.current && inner.current ? follow.attach(outer.current, inner.current) : undefined), []);
  useSignalEffect(() => {
    void thread.id.value;
    follow.toEnd();
  });
  useSignalEffect(() => {
    if (thread.entries.value.some((e) => e.pending)) follow.toEnd();
  });
  useSpotlight(follow);
  return (
    <div class="thread" ref={outer} tabIndex={-1}>
      <div class="thread-inner" ref={inner}>
        <Content outer={() => outer.current} />
        <Waiting />
      </div>
      {follow.away.value && thread.entries.value.length > 0 && (
        <div class="jump">
          <Button class="round" onClick={() => follow.toEnd(true)}><DownIcon />{t.chat.jump}</Button>
        </div>
      )}
    </div>
  );
}

function Content({ outer }: { outer: () => HTMLElement | null }) {
  const app = useApp();
  const { thread } = app;
  const turns = thread.turns.value;
  const older = thread.older.value;
  const cut = app.room.value?.cut;
  if (thread.state.value === "failed") return <NotLoaded />;
  if (thread.state.value === "loading") return <p class="middle aside" role="status">{t.chat.loading}</p>;
  if (turns.length === 0 && !older) return questions.value.some((q) => q.conversation === thread.id.value) ? <h1 class="unseen">{t.nav.newChat}</h1> : <Empty />;
  return (
    <div role="log" aria-label={t.chat.log} aria-live="off" class="messages">
      {older && <Older key={older} outer={outer} />}
      {turns.map((turn, i) => (
        <Fragment key={turn.entry.id}>
          {i > 0 && i === cut && <ReadFrom />}
          <Message turn={turn} last={i === turns.length - 1} />
        </Fragment>
      ))}
    </div>
  );
}

function NotLoaded() {
  const app = useApp();
  const reason = app.thread.fault.value;
  const gone = reason?.code === "not_found";
  return (
    <div class="middle" role="alert">
      <p>{gone ? t.chat.notThere : t.chat.notLoaded}</p>
      {reason && !gone && <p class="aside">{sentence(reason)}</p>}
      {gone
        ? <Button onClick={() => app.open("")}>{t.nav.newChat}</Button>
        : <Button onClick={() => void app.thread.load()}>{t.app.tryAgain}</Button>}
    </div>
  );
}

// Earlier messages come when their place is scrolled to; what is being read must not move while they do.
function Older({ outer }: { outer: () => HTMLElement | null }) {
  const app = useApp();
  const button = useRef<HTMLButtonElement>(null);
  const load = async () => {
    const box = outer();
    const at = box?.scrollTop;
    const fromEnd = box ? box.scrollHeight - box.scrollTop : 0;
    await app.attempt(app.thread.loadOlder());
    requestAnimationFrame(() => {
      if (box && box.scrollTop === at) box.scrollTop = box.scrollHeight - fromEnd; // else something else was shown meanwhile
    });
  };
  useEffect(() => {
    const watch = new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && void load(), { root: outer(), rootMargin: "200px" });
    if (button.current) watch.observe(button.current);
    return () => watch.disconnect();
  }, []);
  return <Button inner={button} tone="quiet" class="older" onClick={() => void load()}>{t.chat.loadOlder}</Button>;
}

// A message found by a search is brought into sight.
function useSpotlight(follow: Follow): void {
  const app = useApp();
  useSignalEffect(() => {
    const id = app.spotlight.value;
    if (id && app.thread.state.value === "ready") void app.attempt(untracked(() => bringIntoSight(app, follow, id)));
  });
}

async function bringIntoSight(app: App, follow: Follow, id: string): Promise<void> {
  const { thread, spotlight } = app;
  const there = () => thread.entries.peek().some((e) => e.id === id);
  while (!there() && (await thread.loadOlder())); // until the page comes that it is on
  if (spotlight.peek() !== id) return;
  spotlight.value = "";
  if (!there()) return;
  if (!thread.turns.peek().some((turn) => turn.entry.id === id)) await choose(app, id);
  requestAnimationFrame(() => {
    follow.leave(); // not sooner: the news of an earlier way to the end comes before this frame, and holds it again
    const message = document.getElementById(`m-${id}`);
    message?.scrollIntoView({ block: "center" });
    message?.classList.add("lit");
    setTimeout(() => message?.classList.remove("lit"), 2000);
  });
}
