import { batch, computed, signal } from "@preact/signals";
import type { Client, Link } from "../../../bridge/client";
import { asFault, type FaultError } from "../../../bridge/fault";
import type {
  Change, CompanionState, Conversation, Folder, Message, News, NewsData, Persona, Prompt, RunRecord, ServiceKind, ServiceView, Settings, Snapshot, StorageState, Tuning,
} from "../../../gen/wire";
import { t } from "../../../strings";
import { told } from "../../../strings/faults";
import { language } from "../../../strings/format";
import { goBack, isAway } from "./away";
import { Collection } from "./collection";
import { Summing } from "../conversation/summing";
import { Gallery } from "../gallery/gallery";
import { Tour } from "../help/tour";
import { Library } from "../knowledge/library";
import { Moving } from "../moving/moving";
import { Voice } from "../voice/voice";
import { Contexts, isLong, roomIn, summed, wordsOf } from "./context_window";
import { Conversations } from "./conversations";
import { choose, type Choice } from "./models";
import { Notices } from "./notices";
import { Pictures } from "./pictures";
import { Overtaken } from "./overtaken";
import { askWaiting } from "./questions";
import { keepThread, read, snapshotKey, startThread, write } from "./remember";
import { Thread } from "./thread";
import { ToolChoices } from "./tools";

/** Context is where a view is shown. */
export type Context = "popup" | "sidepanel" | "tab";

/** Screen is what fills a view. */
export type Screen = "chat" | "settings" | "knowledge" | "gallery" | "help";

const noSettings: Settings = { theme: "system" };

/** App is the state of a view: what the assistant said, as signals, and what the person has open here. */
export class App {
  readonly link = signal<Link>({ state: "connecting" });
  /** Whether a first snapshot came: before that nothing is known, after it everything shown is from the assistant. */
  readonly loaded = signal(false);
  /** Whether kai is away, and what this browser keeps is shown. Of the web app alone. */
  readonly away = signal(false);
  readonly version = signal("");
  readonly mode = signal("browser");
  readonly uiMode = signal("all");
  readonly settings = signal<Settings>(noSettings);
  /** The theme that is kept. A page painted anew before that would keep the others, which share its thread, from hearing of it. */
  readonly theme = signal(noSettings.theme);
  /** The language that is kept. */
  readonly language = signal<string | undefined>(undefined);
  readonly services = signal<ServiceView[]>([]);
  readonly kinds = signal<ServiceKind[]>([]);
  readonly runs = signal<RunRecord[]>([]);
  readonly storage = signal<StorageState>({ backend: "", durable: true, bytes: 0 });
  readonly companion = signal<CompanionState>({ state: "connecting" });
  /** What is wrong with the companion; it stays while the companion is looked for again. */
  readonly trouble = signal("");
  /** What is wrong with the configuration, if anything. */
  readonly config = signal<Snapshot["config"]>(undefined);
  readonly conversations: Conversations;
  /** The conversations that were put out of the list. They are read when they are looked for. */
  readonly archive: Conversations;
  /** The conversations that stand above the others, latest pinned first. */
  readonly pinned = signal<Conversation[]>([]);
  readonly folders: Collection<Folder>;
  readonly prompts: Collection<Prompt>;
  readonly personas: Collection<Persona>;
  readonly tools: ToolChoices;
  /** The folder whose conversations alone are listed, with them. */
  readonly shelf = signal<{ folder: string; rows: Conversations } | undefined>(undefined);
  readonly thread: Thread;
  readonly contexts: Contexts;
  readonly pictures: Pictures;
  readonly library: Library;
  readonly gallery: Gallery;
  readonly moving: Moving;
  readonly summing: Summing;
  readonly voice = new Voice((failing) => {
    const words = failing ? t.dictation.serverTrouble[failing.why](t.dictation.speaker, failing.status) : t.voice.failed;
    this.notices.show(words, undefined, "bad");
  });
  readonly tour = new Tour(this);
  readonly notices = new Notices();
  readonly screen = signal<Screen>("chat");
  readonly drawer = signal(false);
  /** The model picked for this conversation and not used yet. */
  readonly picked = signal<(Choice & { conversation: string }) | undefined>(undefined);
  /** What the new conversation shown begins with: its persona's words and instructions, until its first question is sent. */
  readonly beginning = signal<Partial<Tuning>>({});
  /** A message to bring into sight, from a search. */
  readonly spotlight = signal("");

  /** The open conversation, as far as it is known: its row is there before its messages. */
  readonly current = computed(() => {
    const id = this.thread.id.value;
    const known = this.thread.conversation.value;
    return known?.id === id ? known : this.conversations.list.value.find((c) => c.id === id);
  });
  /** The services that answer questions; others make pictures or keep vectors. */
  readonly answering = computed(() => {
    const others = new Set(this.kinds.value.filter((k) => k.category).map((k) => k.kind));
    return this.services.value.filter((s) => !others.has(s.kind));
  });
  /** The model that the next message asks. */
  readonly choice = computed<Choice | undefined>(() => {
    const picked = this.picked.value;
    const here = picked?.conversation === this.thread.id.value ? [picked] : [];
    return choose(this.answering.value, [...here, this.current.value ?? {}], this.settings.value);
  });
  /** How much of the open conversation the model reads, as far as that is known. */
  readonly room = computed(() => {
    const choice = this.choice.value;
    const conversation = this.current.value;
    if (!isLong(this.thread.turns.value, conversation?.injected)) return undefined; // the model server is not asked at each start
    const context = choice && this.contexts.of(choice);
    if (!context) return undefined;
    const stands = summed(this.thread.turns.value, conversation?.summary);
    const room = roomIn(this.thread.turns.value.slice(stands), wordsOf(conversation ?? {}, this.settings.value), context);
    return { percent: room.percent, cut: stands + room.cut };
  });
  /** Whether the first-run screen is due. */
  readonly welcome = computed(() => {
    return this.loaded.value && !this.away.value && !this.settings.value.welcomed && this.conversations.list.value.length === 0;
  });
  private undecided = false;
  private readonly overtaken = new Overtaken<NewsData>();

  constructor(readonly context: Context, readonly client: Client, readonly webApp: boolean) {
    this.conversations = new Conversations(client);
    this.archive = new Conversations(client, { archived: true });
    this.folders = new Collection(client, "folder");
    this.prompts = new Collection(client, "prompt");
    this.personas = new Collection(client, "persona");
    this.tools = new ToolChoices(client);
    this.thread = new Thread(client);
    this.contexts = new Contexts(client);
    this.pictures = new Pictures(client);
    this.library = new Library(this);
    this.gallery = new Gallery(this);
    this.moving = new Moving(this);
    this.summing = new Summing(this);
    this.thread.onended = (message) => this.announce(message);
    client.onlink = (link) => this.linked(link);
    client.onnews = (news) => this.apply(news);
  }

  /** open shows a conversation; "" begins a new one. */
  open(id: string, message = ""): void {
    if (id !== this.thread.id.peek()) this.voice.stop();
    batch(() => {
      this.screen.value = "chat";
      this.drawer.value = false;
      this.spotlight.value = message;
      this.beginning.value = {};
      if (this.thread.id.peek() !== id || id === "") void this.thread.open(id);
    });
    this.remember(id);
  }

  /** remember keeps what is open for the next time this view is opened. */
  remember(id: string): void {
    keepThread(this.context, id, Date.now());
    if (this.context === "tab") history.replaceState(null, "", id ? `#/c/${id}` : "#/new");
  }

  /** attempt runs something that may fail, and says so when it does. It tells whether it worked. */
  async attempt(work: Promise<unknown>): Promise<boolean> {
    try {
      await work;
      return true;
    } catch (error) {
      this.complain(asFault(error));
      return false;
    }
  }

  /** complain shows a fault with what to do about it. */
  complain(reason: FaultError): void {
    if (reason.code === "canceled") return;
    this.notices.show(sentence(reason), undefined, "bad");
  }

  /** refresh takes a new snapshot. */
  async refresh(): Promise<void> {
    const [snapshot, meanwhile] = await this.overtaken.read(this.client.call("state.snapshot", {}));
    batch(() => {
      this.take(snapshot);
      for (const data of meanwhile) this.applyState(data);
    });
    void this.gather().catch(() => undefined);
  }

  // What the list shows beside its rows, and what was read of the library before.
  private async gather(): Promise<void> {
    const known = [this.prompts, this.personas].filter((c) => c.known.peek());
    const [pinned] = await Promise.all([
      this.client.call("conversation.list", { pinned: true, limit: 500 }), this.folders.reload(), ...known.map((c) => c.reload()),
    ]);
    this.pinned.value = pinned.conversations ?? [];
  }

  /** chooseFolder lists the conversations of a folder alone; "" lists all again. */
  chooseFolder(folder: string): void {
    if (!folder) return void (this.shelf.value = undefined);
    const rows = new Conversations(this.client, { folder });
    rows.reset({ conversations: [], more: true });
    this.shelf.value = { folder, rows };
  }

  // Every list of rows that there is.
  private lists(): Conversations[] {
    const shelf = this.shelf.peek();
    return shelf ? [this.conversations, this.archive, shelf.rows] : [this.conversations, this.archive];
  }

  private pin(id: string, c?: Conversation): void {
    const rest = this.pinned.peek().filter((p) => p.id !== id);
    if (c?.pinned && !c.archived && !c.trashed) rest.push(c);
    this.pinned.value = rest.sort((a, b) => (a.pinned! < b.pinned! ? 1 : -1));
  }

  /** guarded tells whether a password opens kai. */
  get guarded(): boolean {
    return this.client.partner?.capabilities?.includes("vault") ?? false;
  }

  private linked(link: Link): void {
    this.link.value = link;
    if (link.state !== "ready") return;
    const was = this.away.peek();
    this.away.value = isAway(this);
    if (this.away.peek() && !was) void goBack(this);
    void this.renew();
  }

  private async renew(): Promise<void> {
    await this.refresh().then(() => this.reload(), () => undefined);
    if (this.webApp && !this.away.peek()) await askWaiting(this);
  }

  // After a connection was lost, news may have been missed: what is open is read again.
  private reload(): void {
    if (this.thread.id.peek()) void this.thread.load();
  }

  private take(s: Snapshot): void {
    const first = !this.loaded.peek();
    batch(() => {
      this.version.value = s.version;
      this.mode.value = s.mode;
      this.uiMode.value = s.uiMode;
      this.keep(this.away.peek() ? read<Snapshot>(snapshotKey)?.settings ?? s.settings : s.settings); // kai's own hold on
      this.services.value = s.services ?? [];
      this.kinds.value = s.kinds ?? [];
      this.runs.value = s.runs ?? [];
      this.storage.value = s.storage;
      this.hear(s.companion);
      this.config.value = s.config;
      this.conversations.reset({ conversations: s.conversations ?? [], more: s.more });
      this.archive.reset({ conversations: [], more: true });
      this.shelf.peek()?.rows.reset({ conversations: [], more: true });
      this.loaded.value = true;
    });
    if (first) this.decide();
    if (this.webApp && !this.away.peek() && !this.guarded) write(snapshotKey, { ...s, runs: [], services: [] });
  }

  /** begin opens what the view starts with: what the address or memory names, else an answer being made elsewhere. */
  begin(): void {
    const id = startThread(this.context, location.hash, Date.now());
    this.undecided = id === undefined;
    if (id) void this.openKept(id);
  }

  /** route follows an address that was typed or clicked. */
  route(): void {
    if (location.hash === "#settings") this.screen.value = "settings";
    else this.open(startThread("", location.hash, 0) ?? "");
  }

  private async openKept(id: string): Promise<void> {
    this.thread.id.value = id;
    await this.thread.open(id);
    if (this.thread.id.peek() === id && this.thread.fault.peek()?.code === "not_found") this.open("");
  }

  private decide(): void {
    if (!this.undecided || this.thread.id.peek() || this.thread.entries.peek().length > 0) return;
    this.undecided = false;
    const id = this.runs.peek()[0]?.conversation;
    if (id) this.open(id);
  }

  private apply(news: News): void {
    const data = news.data;
    if (data.reset) return void this.startOver();
    this.overtaken.heard(data);
    batch(() => {
      this.applyState(data);
      for (const change of data.changes ?? []) if (change.kind === "message" && this.thread.apply(change)) void this.thread.load();
    });
  }

  /** applyState takes what a snapshot holds, too. */
  private applyState(data: NewsData): void {
    if (data.storage) this.storage.value = data.storage;
    if (data.companion) this.hear(data.companion);
    for (const view of data.health ?? []) this.putService(view);
    for (const change of data.changes ?? []) this.applyChange(change);
    if (data.run) this.runs.value = this.runs.peek().filter((r) => r.id !== data.run!.id || data.run!.state === "running");
  }

  /** put takes a conversation as it is now. */
  put(conversation: Conversation): void {
    for (const rows of this.lists()) rows.put(conversation);
    this.pin(conversation.id, conversation);
    if (conversation.id === this.thread.id.peek()) this.thread.conversation.value = conversation;
  }

  /** drop takes a conversation's row away. */
  drop(id: string): void {
    for (const rows of this.lists()) rows.drop(id);
    this.pin(id);
  }

  private hear(companion: CompanionState): void {
    this.companion.value = companion;
    if (companion.state === "connecting") return;
    this.trouble.value = companion.state === "failed" ? companion.detail || t.banner.companionLost : "";
  }

  // Everything may have changed: what is open is read again, and left when it is gone.
  private async startOver(): Promise<void> {
    await this.refresh().catch(() => undefined);
    const id = this.thread.id.peek();
    if (!id) return;
    const gone = await this.client.call("conversation.get", { id }).then((c) => Boolean(c.trashed), (error: unknown) => asFault(error).code === "not_found");
    if (this.thread.id.peek() !== id) return;
    if (gone) this.open("");
    else void this.thread.load();
  }

  private applyChange(change: Change): void {
    switch (change.kind) {
      case "conversation":
        return this.applyConversation(change);
      case "setting":
        if (change.body && change.id === "settings") this.keep(change.body as Settings);
        return this.tools.apply(change);
      case "service":
        if (change.deleted) this.services.value = this.services.peek().filter((s) => s.id !== change.id);
        else if (change.body) this.putService(change.body as ServiceView);
        else void this.refresh().catch(() => undefined);
        return;
      case "run":
        return this.applyRun(change);
      case "folder":
        if (change.deleted && this.shelf.peek()?.folder === change.id) this.chooseFolder("");
        return this.folders.apply(change);
      case "prompt":
        return this.prompts.apply(change);
      case "persona":
        return this.personas.apply(change);
    }
  }

  /** keep takes the settings as the assistant has them. */
  keep(settings: Settings): void {
    this.settings.value = settings;
    this.theme.value = settings.theme;
    this.language.value = settings.language;
  }

  private applyConversation(change: Change): void {
    for (const rows of this.lists()) rows.apply(change);
    if (change.deleted || change.body) this.pin(change.id, change.body as Conversation | undefined);
    if (change.body) this.thread.know(change.body as Conversation);
    const gone = change.deleted || (change.body as { trashed?: string } | undefined)?.trashed;
    if (gone && change.id === this.thread.id.peek()) this.open("");
  }

  private applyRun(change: Change): void {
    const rest = this.runs.peek().filter((r) => r.id !== change.id);
    const run = change.body as RunRecord | undefined;
    this.runs.value = run?.state === "running" ? [run, ...rest] : rest;
  }

  /** putService adds or replaces a service; a view without health keeps the health known so far. */
  putService(view: ServiceView): void {
    const known = this.services.peek();
    const old = known.find((s) => s.id === view.id);
    const next = { ...view, health: view.health ?? old?.health };
    this.services.value = old ? known.map((s) => (s.id === view.id ? next : s)) : [...known, next];
  }

  private announce(message: Message): void {
    if (message.state === "done") this.notices.say(t.chat.answerDone);
    else if (message.state === "stopped") this.notices.say(t.chat.answerStopped);
    else this.notices.say(message.fault ? `${t.chat.answerFailed} ${sentence(message.fault)}` : t.chat.answerFailed);
  }
}

/** sentence writes a fault as one line for a person. What nobody has put into the person's language yet begins with what it is about. */
export function sentence(reason: { code?: string; message: string; remedy?: string }): string {
  const message = told(reason.message);
  const about = message === undefined ? t.faults[reason.code ?? ""] : "";
  return [about, message ?? reason.message, reason.remedy && (told(reason.remedy) ?? reason.remedy)].filter(Boolean)
    .map((s) => ended(capital(s!))).reduce((all, s) => `${all}${!all || all.endsWith("。") ? "" : " "}${s}`, "");
}

// ended ends a sentence that has no end.
function ended(text: string): string {
  if (/[.!?。！？]$/.test(text)) return text;
  return text + (language.value === "zh-Hans" && /\p{Script=Han}/u.test(text) ? "。" : ".");
}

/** capital writes the first letter large, except of our own names, which begin small everywhere. */
export function capital(text: string): string {
  if (/^(?:kAI|kai)\b/.test(text)) return text;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
