import { untracked, useSignalEffect } from "@preact/signals";
import { Fragment } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { t } from "../../../strings";
import { number } from "../../../strings/format";
import { sentence } from "../state/app";
import type { Turn } from "../state/path";
import { questions } from "../state/questions";
import { Notice } from "../ui/banner";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { DownIcon } from "../ui/icons";
import { ahead } from "./ahead";
import { Empty } from "./empty";
import { Groups, type Group } from "./groups";
import { Message } from "./message";
import { Places } from "./places";
import { ReadFrom } from "./room";
import { Follow } from "./scroll";
import { serveScrollKeys } from "./scroll_keys";
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
    outer.current?.classList.remove("read");
    follow.toEnd();
  });
  useSignalEffect(() => {
    if (follow.away.value && outer.current) layOut(outer.current);
  });
  useSignalEffect(() => {
    if (thread.entries.value.some((e) => e.pending)) follow.toEnd();
  });
  const places = useMemo(() => new Places(app, follow), []);
  useEffect(() => {
    places.box = outer.current ?? undefined;
    return serveScrollKeys(app, places);
  }, []);
  useSpotlight(places);
  return (
    <div class="thread" ref={outer} tabIndex={-1}>
      <Gathering />
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
  const cutting = useMemo(() => new Groups(), []);
  const groups = useMemo(() => cutting.of(turns), [turns]);
  const cut = turns[app.room.value?.cut || turns.length]; // before the first there is no line
  const gathering = thread.gathering.value;
  useLayoutEffect(() => {
    if (!gathering) ahead.look(groups); // what is on its way to the first message draws nothing else
  });
  if (thread.state.value === "failed") return <NotLoaded />;
  if (thread.state.value === "loading") return <p class="middle aside" role="status">{t.chat.loading}</p>;
  if (turns.length === 0 && !older) return questions.value.some((q) => q.conversation === thread.id.value) ? <h1 class="unseen">{t.nav.newChat}</h1> : <Empty />;
  return (
    <div role="log" aria-label={t.chat.log} aria-live="off" class="messages">
      {(older || thread.reading.value || (ahead.busy.value && ahead.near.value === undefined)) && <Older outer={outer} />}
      {groups.map((group, i) => (
        <Together key={group.key} group={group} cut={group.turns.find((turn) => turn === cut)} end={i === groups.length - 1} />
      ))}
    </div>
  );
}

// Shown while much is loaded: on the way to the first message, for the browser's search, to print.
function Gathering() {
  const { thread } = useApp();
  if (!thread.gathering.value && !ahead.awaited.value) return null;
  return (
    <div class="gathering">
      <p role="status">{t.chat.gathering}</p>
      <p class="aside">{number(thread.entries.value.length - (thread.gathering.value ? 0 : ahead.left.value))}</p>
      {thread.gathering.value && <Button tone="quiet" class="small" onClick={() => thread.stopLoading()}>{t.chat.stop}</Button>}
    </div>
  );
}

// The turns of a group, and only when they changed drawn anew. While it is drawn ahead it takes no place, or the one that it was given: all of it
// comes into the list at once, because to move what is read, even by nothing that a person sees, has the whole screen painted again.
function Together({ group, cut, end }: { group: Group; cut: Turn | undefined; end: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const { turns, early } = group;
  const drawn = group.drawn.value;
  const open = drawn >= turns.length;
  const room = open ? 0 : group.room.value;
  const below = open && early ? box.current?.nextElementSibling : undefined;
  const before = below?.getBoundingClientRect().top; // as long as this group takes no place
  useLayoutEffect(() => {
    const group = box.current;
    const outer = group?.closest<HTMLElement>(".thread");
    if (!open || !early || !group || !outer) return;
    hold(outer, () => {
      leaveOut(group);
      const read = below && before !== undefined && before < outer.getBoundingClientRect().bottom; // what is further down may move
      return read ? below.getBoundingClientRect().top - before : 0;
    });
  }, [open]);
  useEffect(() => {
    if (!room || !box.current) return;
    const watch = new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && ahead.now(group), { root: box.current.closest(".thread"), rootMargin: "100% 0px" });
    watch.observe(box.current);
    return () => watch.disconnect();
  }, [room]);
  return (
    <div style={room ? { blockSize: `${room}px` } : undefined} class={`group ${early ? "early" : ""} ${open ? "" : "closed"}`} ref={box}>
      {turns.slice(Math.max(0, turns.length - drawn)).map((turn) => (
        <Fragment key={turn.entry.id}>
          {turn === cut && <ReadFrom />}
          <Message turn={turn} last={end && turn === turns.at(-1)} />
        </Fragment>
      ))}
    </div>
  );
}

// leaveOut lets the browser leave out a group while it is far from what is seen. How high it is has to be known: nothing moves then when it comes.
function leaveOut(group: HTMLElement): void {
  group.style.containIntrinsicBlockSize = `auto ${group.getBoundingClientRect().height}px`;
  group.style.contentVisibility = "auto";
}

// layOut has the messages that a conversation opened with as high as they are, once a person goes up to read: of those out of sight that was a guess.
function layOut(box: HTMLElement): void {
  if (box.classList.contains("read")) return;
  const end = box.getBoundingClientRect().bottom;
  const seen = [...box.querySelectorAll("article")].findLast((a) => a.getBoundingClientRect().top < end);
  const top = () => seen?.getBoundingClientRect().top ?? 0;
  const before = top();
  hold(box, () => {
    box.classList.add("read");
    return top() - before;
  });
}

// hold keeps what is read where it is while something above it changes its height; change tells how far that moved it. Browsers hold it by themselves,
// but not at the very top and not always while a wheel turns: for this once they are told not to.
function hold(box: HTMLElement, change: () => number): void {
  box.style.overflowAnchor = "none";
  const moved = change();
  if (Math.abs(moved) >= 1) box.scrollBy(0, moved); // by, not to: a wheel that turns goes on turning
  requestAnimationFrame(() => (box.style.overflowAnchor = ""));
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

// Earlier messages come before their place is scrolled to. Its own place is kept until there are no more: nothing moves meanwhile.
function Older({ outer }: { outer: () => HTMLElement | null }) {
  const app = useApp();
  const button = useRef<HTMLButtonElement>(null);
  const ready = app.thread.older.value !== "" && !ahead.busy.value; // what is drawn ahead takes no place yet
  const missing = app.thread.missing.value;
  const load = () => void app.thread.loadOlder().catch(() => undefined); // what went wrong is said here
  useEffect(() => {
    if (!ready || missing || !button.current) return;
    const watch = new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && load(), { root: outer(), rootMargin: "400% 0px" });
    watch.observe(button.current);
    return () => watch.disconnect();
  }, [ready, missing]);
  if (missing) {
    const again = <Button class="small" onClick={load}>{t.app.tryAgain}</Button>;
    return <div class="older"><Notice tone="bad" action={again}>{t.chat.olderFailed} {sentence(missing)}</Notice></div>;
  }
  return <Button inner={button} tone="quiet" class="older" disabled={!ready} onClick={load}>{t.chat.loadOlder}</Button>;
}

// A message found by a search is brought into sight.
function useSpotlight(places: Places): void {
  const app = useApp();
  useSignalEffect(() => {
    const id = app.spotlight.value;
    if (id && app.thread.state.value === "ready") void app.attempt(untracked(() => places.message(id)));
  });
}
