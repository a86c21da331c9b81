import { signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Attachment } from "../../../gen/wire";
import { t } from "../../../strings";
import { inWords } from "../../../strings/faults";
import { asFault } from "../../../bridge/fault";
import type { App } from "../state/app";
import { capturePage, grant, type Refusal } from "../page/capture";
import { captureVisible, prepare } from "../page/picture";
import { Dictation } from "../voice/dictation";
import { troubleWords } from "../voice/dictate";
import { keepDraft, readDraft } from "../state/remember";

/** mostAttachments is how many a question has at most, as the assistant takes. */
export const mostAttachments = 16;

/** Ask is the question being written: its text, what is attached to it, and where reading the page stands. */
export class Ask {
  readonly text = signal("");
  readonly attachments = signal<Attachment[]>([]);
  readonly reading = signal(false);
  readonly refusal = signal<Refusal | undefined>(undefined);
  /** The text box, once it is there. */
  box: HTMLTextAreaElement | undefined;

  /** What is said is put at the end of the text. */
  readonly dictation = new Dictation(
    (said) => {
      this.write([this.text.peek().trimEnd(), said].filter(Boolean).join(" "));
      this.focusEnd();
    },
    (why, status) => this.app.notices.show(troubleWords(why, status), undefined, "bad"),
  );

  private conversation = "";
  private moves = 0;
  private again = (): Promise<void> => this.aboutPage();
  private saving: ReturnType<typeof setTimeout> | undefined;

  /** A page is the one beside this view; tabs are any. */
  constructor(private readonly app: App, readonly canReadPage: boolean, readonly canReadTabs: boolean) {}

  /** write changes the text and keeps it as a draft. */
  write(text: string): void {
    this.text.value = text;
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.save(), 200);
  }

  /** save keeps the draft now. */
  save(): void {
    clearTimeout(this.saving);
    keepDraft(this.conversation, this.text.peek());
  }

  /** moveTo changes to the draft of another conversation. */
  moveTo(conversation: string): void {
    if (conversation === this.conversation) return;
    this.dictation.cancel();
    this.save();
    this.moves++;
    this.conversation = conversation;
    this.text.value = readDraft(conversation);
    this.attachments.value = [];
    this.refusal.value = undefined;
  }

  /** settle follows a conversation that got its id by sending: what is being written stays. */
  settle(conversation: string): void {
    keepDraft(this.conversation, "");
    this.conversation = conversation;
    this.save();
  }

  /** take empties the box and gives what was in it. */
  take(): { text: string; attachments: Attachment[] } {
    this.dictation.cancel(); // what comes now is of no question
    const taken = { text: this.text.peek().trim(), attachments: this.attachments.peek() };
    this.write("");
    this.save();
    this.attachments.value = [];
    this.refusal.value = undefined;
    return taken;
  }

  /** cancelDictation leaves the text as it was. */
  cancelDictation(): void {
    this.dictation.cancel();
    this.box?.focus();
  }

  /** giveBack returns to the box what could not be sent, before anything written since. */
  giveBack(text: string, attachments: Attachment[]): void {
    const since = this.text.peek();
    this.write(since ? `${text}\n${since}` : text);
    this.attachments.value = [...attachments, ...this.attachments.peek()];
    this.box?.focus();
  }

  /** begin puts the beginning of a question into the box. */
  begin(text: string): void {
    this.write(text);
    this.focusEnd();
  }

  /** aboutPage attaches the page, or what is selected on it. Text, when given, is put into an empty box. */
  async aboutPage(text = "", tab?: number): Promise<void> {
    if (this.reading.peek()) return;
    this.reading.value = true;
    this.refusal.value = undefined;
    try {
      const result = await capturePage(tab);
      if ("refusal" in result) this.refuse(result.refusal);
      else this.attach(result.attachment, text);
    } catch (error) {
      this.refuse({ message: `${t.page.failed} ${inWords(asFault(error).message)}` });
    } finally {
      this.reading.value = false;
    }
  }

  /** aboutTabs attaches the text of each of these tabs, and tells which could not be read, and why. */
  async aboutTabs(tabs: { id: number; title: string }[]): Promise<void> {
    if (this.reading.peek()) return;
    this.reading.value = true;
    this.refusal.value = undefined;
    const moves = this.moves;
    const unread: { tab: { id: number; title: string }; refusal: Refusal }[] = [];
    for (const tab of tabs) {
      const result = await capturePage(tab.id).catch(() => ({ refusal: { message: t.page.tabGone } }));
      if (moves !== this.moves) break; // the person went on to another conversation
      if ("attachment" in result) this.attach(result.attachment, "");
      else unread.push({ tab, refusal: result.refusal });
    }
    this.reading.value = false;
    if (unread.length === 0 || moves !== this.moves) return;
    const reasons = new Set(unread.map((u) => u.refusal.message));
    const origins = unread.flatMap((u) => u.refusal.origins ?? []);
    this.refuse(
      { message: [t.page.tabsUnread(unread.map((u) => u.tab.title).join(", ")), ...reasons].join(" "), origins: origins.length > 0 ? origins : undefined },
      () => this.aboutTabs(unread.filter((u) => u.refusal.origins).map((u) => u.tab)),
    );
  }

  /** addPictures attaches those of some files that are pictures, made small enough, and tells which are not. */
  async addPictures(files: Iterable<File>): Promise<void> {
    this.refusal.value = undefined;
    for (const file of files) {
      const made = await prepare(file, file.name || t.picture.pasted);
      if ("refusal" in made) this.refuse({ message: made.refusal });
      else this.addPicture(made.picture, made.name);
    }
  }

  /** addVisible attaches what is seen of the page. It must run in a click. */
  async addVisible(): Promise<void> {
    this.refusal.value = undefined;
    const made = await captureVisible();
    if ("refusal" in made) this.refuse({ message: made.refusal });
    else this.addPicture(made.picture, made.name);
  }

  private addPicture(picture: Blob, name: string): void {
    const others = this.attachments.peek();
    if (others.length >= mostAttachments) return this.refuse({ message: t.picture.many(mostAttachments) });
    this.attachments.value = [...others, this.app.pictures.attach(picture, name)];
    this.box?.focus();
  }

  /** allow asks the browser for the permission that a refusal named, then reads what was refused. It must run in a click. */
  async allow(): Promise<void> {
    const origins = this.refusal.peek()?.origins;
    if (!origins) return;
    if (await grant(origins)) return this.again();
    this.refusal.value = { message: t.page.refused, origins };
  }

  /** detach removes an attachment. */
  detach(at: number): void {
    this.attachments.value = this.attachments.peek().filter((_, i) => i !== at);
    this.box?.focus();
  }

  private attach(attachment: Attachment, text: string): void {
    const others = this.attachments.peek().filter((a) => a.url !== attachment.url || a.type !== attachment.type);
    this.attachments.value = [...others, attachment];
    if (text && !this.text.peek()) this.write(text);
    this.app.notices.say(t.page.attachedNow(attachment.title));
    this.focusEnd();
  }

  private refuse(refusal: Refusal, again = () => this.aboutPage()): void {
    this.again = again;
    this.refusal.value = refusal;
  }

  private focusEnd(): void {
    requestAnimationFrame(() => {
      this.box?.focus();
      this.box?.setSelectionRange(this.box.value.length, this.box.value.length);
    });
  }
}

/** AskContext carries the question being written. */
export const AskContext = createContext<Ask | undefined>(undefined);

/** useAsk gives the question being written. */
export function useAsk(): Ask {
  const ask = useContext(AskContext);
  if (!ask) throw new Error("a part of the text box was used outside of the view");
  return ask;
}
