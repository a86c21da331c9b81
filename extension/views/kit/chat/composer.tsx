import { useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { MaxAttachmentBytes } from "../../../gen/wire";
import { t } from "../../../strings";
import { bytes } from "../../../strings/format";
import { KnowledgePicker } from "../knowledge/picker";
import { send, stop } from "../state/actions";
import { Dictate, Heard } from "../voice/dictate";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { CameraIcon, CloseIcon, PageIcon, PictureIcon, QuoteIcon, SendIcon, StopIcon } from "../ui/icons";
import { grow } from "../ui/grow";
import { useAsk, type Ask } from "./ask";
import { ModelPicker } from "./model_picker";
import { Picture } from "./picture";
import { Room } from "./room";
import { Slash, SlashList } from "./slash";
import { TabsPicker } from "./tabs";

/** Composer is where a question is written: text box, attachments, model, send and stop. */
export function Composer() {
  const app = useApp();
  const ask = useAsk();
  const slash = useMemo(() => new Slash(app, ask), [app, ask]);
  const submit = () => {
    if (app.thread.live.peek() || (!ask.text.peek().trim() && ask.attachments.peek().length === 0)) return;
    const { text, attachments } = ask.take();
    void send(app, text, attachments, () => ask.giveBack(text, attachments));
  };
  const cancel = (e: KeyboardEvent) => {
    if (e.key !== "Escape" || ask.dictation.state.peek() === "off") return;
    e.preventDefault();
    e.stopPropagation();
    ask.cancelDictation();
  };
  return (
    <form
      class="composer" onSubmit={(e) => { e.preventDefault(); submit(); }} onKeyDown={cancel}
      onDragOver={(e) => { if (e.dataTransfer?.types.includes("Files")) e.preventDefault(); }}
      onDrop={(e) => takeFiles(e, e.dataTransfer, ask)}
    >
      <PageRefusal />
      <Blind />
      <div class="composer-card">
        <SlashList slash={slash} />
        <Chips />
        <Box onEnter={submit} slash={slash} />
        <Heard />
        <div class="composer-row">
          {ask.canReadPage && <AskPage />}
          {ask.canReadTabs && <TabsPicker />}
          {!app.away.value && <AddPicture />}
          {!app.away.value && <KnowledgePicker />}
          {!app.away.value && <ModelPicker />}
          <Dictate />
          <Room />
          <SendOrStop />
        </div>
      </div>
    </form>
  );
}

// The text box of the first paint becomes this one, so its element, focus and text must survive.
function Box({ onEnter, slash }: { onEnter: () => void; slash: Slash }) {
  const app = useApp();
  const ask = useAsk();
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    ask.box = box.current ?? undefined;
    if (document.activeElement === document.body && !matchMedia("(pointer: coarse)").matches) box.current?.focus();
    const save = () => ask.save();
    addEventListener("pagehide", save);
    return () => removeEventListener("pagehide", save);
  }, []);
  useSignalEffect(() => {
    void ask.text.value;
    if (box.current) grow(box.current);
  });
  const key = (e: KeyboardEvent) => {
    if (slash.key(e)) return;
    const dictating = ask.dictation.state.peek() !== "off";
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      if (dictating) ask.dictation.finish();
      else onEnter();
    }
    if (e.key === "Escape" && !dictating && app.thread.live.peek()) {
      e.preventDefault();
      e.stopPropagation();
      void stop(app);
    }
  };
  return (
    <textarea
      ref={box} id="message" rows={1} aria-label={t.chat.message} autocomplete="off" enterkeyhint="send"
      aria-controls={slash.found.value ? "slash" : undefined} aria-activedescendant={slash.found.value?.length ? `slash-${slash.at.value}` : undefined}
      placeholder={t.chat.placeholder}
      value={ask.text.value} onInput={(e) => ask.write(e.currentTarget.value)} onKeyDown={key}
      onPaste={(e) => takeFiles(e, e.clipboardData, ask)}
    />
  );
}

function SendOrStop() {
  const app = useApp();
  const ask = useAsk();
  if (app.thread.live.value) {
    return <IconButton label={t.chat.stop} class="send" onClick={() => void stop(app)}><StopIcon /></IconButton>;
  }
  const nothing = !ask.text.value.trim() && ask.attachments.value.length === 0;
  return <IconButton label={t.chat.send} class="send" type="submit" disabled={nothing}><SendIcon /></IconButton>;
}

function AskPage() {
  const ask = useAsk();
  return (
    <IconButton label={t.page.ask} class={ask.reading.value ? "busy" : ""} aria-busy={ask.reading.value} onClick={() => void ask.aboutPage()}>
      <PageIcon />
    </IconButton>
  );
}

// Files that are pasted or dropped are taken; anything else goes its way into the text box.
function takeFiles(e: Event, from: DataTransfer | null, ask: Ask): void {
  const files = [...(from?.files ?? [])];
  if (files.length === 0) return;
  e.preventDefault();
  void ask.addPictures(files);
}

// Offered where the model sees, or does not say.
function AddPicture() {
  const app = useApp();
  const ask = useAsk();
  const input = useRef<HTMLInputElement>(null);
  const choice = app.choice.value;
  if (choice && !app.contexts.sees(choice)) return null;
  return (
    <>
      <input
        ref={input} type="file" accept="image/png,image/jpeg,image/webp" multiple hidden
        onChange={(e) => { void ask.addPictures([...(e.currentTarget.files ?? [])]); e.currentTarget.value = ""; }}
      />
      <IconButton label={t.picture.add} onClick={() => input.current?.click()}><PictureIcon /></IconButton>
      {ask.canReadPage && <IconButton label={t.picture.capture} onClick={() => void ask.addVisible()}><CameraIcon /></IconButton>}
    </>
  );
}

// A picture is attached and the model is known to see nothing.
function Blind() {
  const app = useApp();
  const ask = useAsk();
  const choice = app.choice.value;
  if (!choice || !ask.attachments.value.some((a) => a.type === "image") || app.contexts.sees(choice)) return null;
  return <div class="notice warn" role="alert"><PictureIcon /><p>{t.picture.blind(choice.model)}</p></div>;
}

function Chips() {
  const ask = useAsk();
  const attachments = ask.attachments.value;
  if (attachments.length === 0) return null;
  return (
    <ul class="chips" aria-label={t.page.attached}>
      {attachments.map((a, i) => a.type === "image" ? (
        <li key={a} class="chip pictured" title={a.title}>
          <Picture attachment={a} />
          <IconButton class="small" label={t.picture.remove(a.title)} onClick={() => ask.detach(i)}><CloseIcon /></IconButton>
        </li>
      ) : (
        <li key={a.url + a.type} class="chip" title={a.truncated ? t.page.shortenedHint(MaxAttachmentBytes) : a.url}>
          {a.type === "selection" ? <QuoteIcon /> : <PageIcon />}
          <span class="clip">{a.type === "selection" ? `${t.page.selection}: ${a.title}` : a.title}</span>
          <span class="aside">{bytes(a.text.length)}{a.truncated ? `, ${t.page.shortened}` : ""}</span>
          <IconButton class="small" label={t.page.remove(a.title)} onClick={() => ask.detach(i)}><CloseIcon /></IconButton>
        </li>
      ))}
    </ul>
  );
}

// Why the page was not read. Asking the browser for the permission has to happen in the click itself.
function PageRefusal() {
  const ask = useAsk();
  const refusal = ask.refusal.value;
  if (!refusal) return null;
  return (
    <div class="notice info" role="alert">
      <PageIcon />
      <p>{refusal.message}</p>
      {refusal.origins && <Button class="small" onClick={() => void ask.allow()}>{t.page.allow}</Button>}
      <IconButton class="small" label={t.app.dismiss} onClick={() => (ask.refusal.value = undefined)}><CloseIcon /></IconButton>
    </div>
  );
}
