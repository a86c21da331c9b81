import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Conversation } from "../../../gen/wire";
import { t } from "../../../strings";
import { pin, remove, rename } from "../state/actions";
import { IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { LockIcon, PencilIcon, PinIcon, TrashIcon } from "../ui/icons";

/** Row is a conversation in the list: opened by pressing it, renamed and deleted in place. */
export function Row({ conversation: c, top }: { conversation: Conversation; top: number }) {
  const app = useApp();
  const editing = useSignal(false);
  const open = app.thread.id.value === c.id;
  const busy = app.runs.value.some((r) => r.conversation === c.id);
  const title = c.title || t.list.untitled;
  const line = useRef<HTMLLIElement>(null);
  const drop = () => {
    const next = neighbour(line.current);
    void remove(app, c);
    focusRow(next);
  };
  const renamed = (back: boolean) => {
    editing.value = false;
    if (back) focusRow(line.current);
  };
  const key = (e: KeyboardEvent) => {
    if (e.key === "F2") editing.value = true;
    else if (e.key === "Delete") drop();
    else if (e.key.toLowerCase() === "p" && !e.ctrlKey && !e.metaKey && !e.altKey) void pin(app, c, !c.pinned);
    else return;
    e.preventDefault();
  };
  return (
    <li ref={line} class={`line ${open ? "open" : ""}`} style={{ top: `${top}px` }}>
      {editing.value
        ? <TitleBox conversation={c} onDone={renamed} />
        : (
          <>
            <button type="button" class="row" aria-current={open ? "true" : undefined} onClick={() => app.open(c.id)} onDblClick={() => (editing.value = true)} onKeyDown={key}>
              <span class="clip">{title}</span>
              {c.private && <span class="row-mark" role="img" aria-label={t.list.isHere}><LockIcon /></span>}
              {busy && <span class="busy-dot" role="img" aria-label={t.list.answering} />}
            </button>
            <span class="row-tools">
              <IconButton class="small" label={c.pinned ? t.list.unpinOf(title) : t.list.pinOf(title)} aria-pressed={Boolean(c.pinned)} onClick={() => void pin(app, c, !c.pinned)}><PinIcon /></IconButton>
              <IconButton class="small" label={t.list.renameOf(title)} onClick={() => (editing.value = true)}><PencilIcon /></IconButton>
              <IconButton class="small" label={t.list.deleteOf(title)} onClick={drop}><TrashIcon /></IconButton>
            </span>
          </>
        )}
    </li>
  );
}

function neighbour(line: Element | null): Element | undefined {
  const lines = [...line?.parentElement?.querySelectorAll(".line") ?? []];
  const at = lines.findIndex((l) => l === line);
  return lines[at + 1] ?? lines[at - 1];
}

// The focus stays in the list when what had it goes away. What is drawn anew is there in the next frame.
function focusRow(line: Element | null | undefined): void {
  requestAnimationFrame(() => line?.querySelector<HTMLElement>(".row")?.focus());
}

/** TitleBox edits a title in place: Enter and leaving keep it, Escape does not. */
export function TitleBox({ conversation, onDone }: { conversation: Conversation; onDone: (byKey: boolean) => void }) {
  const app = useApp();
  const box = useRef<HTMLInputElement>(null);
  const over = useRef(false);
  useEffect(() => box.current?.select(), []);
  const finish = (keep: boolean, byKey = true) => {
    if (over.current) return;
    over.current = true;
    if (keep) void rename(app, conversation, box.current?.value ?? "");
    onDone(byKey);
  };
  const key = (e: KeyboardEvent) => {
    if (e.key === "Enter" && !e.isComposing) finish(true);
    else if (e.key === "Escape") finish(false);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <input
      ref={box} class="title-box" type="text" aria-label={t.list.title} defaultValue={conversation.title} maxLength={200}
      onKeyDown={key} onBlur={() => finish(true, false)}
    />
  );
}
