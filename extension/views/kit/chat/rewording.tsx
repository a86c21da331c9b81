import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../../strings";
import { send } from "../state/actions";
import type { Entry } from "../state/entry";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { grow } from "../ui/grow";
import { useAsk } from "./ask";

/** Rewording is a question being written in other words: Enter asks it, Escape leaves it as it was. */
export function Rewording({ entry, onDone }: { entry: Entry; onDone: () => void }) {
  const app = useApp();
  const composer = useAsk();
  const text = useSignal(entry.current());
  const box = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    if (!box.current) return;
    grow(box.current);
    box.current.focus();
    box.current.setSelectionRange(text.peek().length, text.peek().length);
  }, []);
  const attachments = entry.message.value.attachments ?? [];
  const nothing = !text.value.trim() && attachments.length === 0;
  const ask = () => {
    if (nothing || app.thread.live.peek()) return;
    onDone();
    const words = text.peek().trim();
    void send(app, words, attachments, () => composer.giveBack(words, attachments), entry);
  };
  const key = (e: KeyboardEvent) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) ask();
    else if (e.key === "Escape") onDone();
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <form class="rewording" onSubmit={(e) => { e.preventDefault(); ask(); }}>
      <textarea
        ref={box} rows={1} aria-label={t.chat.editing} value={text.value} onKeyDown={key}
        onInput={(e) => { text.value = e.currentTarget.value; grow(e.currentTarget); }}
      />
      <div class="rewording-row">
        <Button tone="quiet" class="small" onClick={onDone}>{t.app.cancel}</Button>
        <Button class="small" type="submit" disabled={nothing || app.thread.live.value !== undefined}>{t.chat.ask}</Button>
      </div>
    </form>
  );
}
