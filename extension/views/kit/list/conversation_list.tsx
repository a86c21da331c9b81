import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../../strings";
import { useApp } from "../ui/context";
import { grouped, type Item } from "./groups";
import { Row } from "./row";
import { offsets, visible } from "./virtual";

const rowHeight = 36;
const headHeight = 34;
const margin = 400;

/** ConversationList shows the conversations, of which only those near the window are in the document. */
export function ConversationList({ archived = false }: { archived?: boolean }) {
  const app = useApp();
  const shelf = app.shelf.value;
  const rows = archived ? app.archive : shelf?.rows ?? app.conversations;
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(800);
  const items = useComputed(() => grouped(rows.list.value, new Date(), archived || shelf ? [] : app.pinned.value));
  const starts = useComputed(() => offsets(items.value.map((i) => ("head" in i ? headHeight : rowHeight))));
  const span = useComputed(() => visible(starts.value, top.value, height.value, margin));
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watch = new ResizeObserver(() => (height.value = element.clientHeight));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const nearEnd = span.value.end >= items.value.length - 10;
  useEffect(() => {
    if (nearEnd && rows.more.value) void app.attempt(rows.loadMore());
  }, [nearEnd, rows.list.value.length, rows]);
  if (items.value.length === 0) {
    if (shelf && !archived) return <div class="list-empty"><p class="aside">{rows.more.value ? t.list.searching : t.folders.empty}</p></div>;
    if (archived) return <div class="list-empty"><p class="aside">{rows.more.value ? t.list.searching : t.list.archiveEmpty}</p></div>;
    return app.loaded.value ? <div class="list-empty"><p>{t.list.empty}</p><p class="aside">{t.list.emptyHint}</p></div> : null;
  }
  const end = starts.value[items.value.length] ?? 0;
  return (
    <div class="list" ref={box} onScroll={(e) => (top.value = e.currentTarget.scrollTop)} onKeyDown={walk}>
      <ul role="list" aria-label={archived ? t.list.archive : t.nav.conversations} style={{ height: `${end}px` }}>
        {items.value.slice(span.value.first, span.value.end).map((item, i) => (
          <Line key={keyOf(item)} item={item} top={starts.value[span.value.first + i] ?? 0} />
        ))}
      </ul>
    </div>
  );
}

function Line({ item, top }: { item: Item; top: number }) {
  if ("head" in item) return <li class="group" style={{ top: `${top}px` }}><h3>{item.head}</h3></li>;
  return <Row conversation={item.conversation} top={top} />;
}

function keyOf(item: Item): string {
  return "head" in item ? `head ${item.head}` : item.conversation.id;
}

// Arrows move between the rows; what is out of sight scrolls in, which puts it in the document.
function walk(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || (event.target as Element).tagName === "INPUT") return;
  const rows = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>("button.row")];
  const sorted = rows.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
  const at = sorted.indexOf(document.activeElement?.closest("li")?.querySelector("button.row") as HTMLElement);
  sorted[Math.min(Math.max(at + step, 0), sorted.length - 1)]?.focus();
  event.preventDefault();
}
