import { effect, signal, untracked } from "@preact/signals";
import { asFault } from "../../../bridge/fault";
import type { Conversation, ServiceProgress } from "../../../gen/wire";
import { t } from "../../../strings";
import { sentence, type App } from "../state/app";

/** Summing follows the writing of the open conversation's summary, which goes on without this view. */
export class Summing {
  /** Whether the dialog about it is open. */
  readonly shown = signal(false);
  /** How far it is; undefined while none is being written. */
  readonly progress = signal<ServiceProgress | undefined>(undefined);
  /** Why the last one was given up. */
  readonly wrong = signal("");
  private id = "";
  private stop: AbortController | undefined;
  private lost = false; // it could not be followed to its end
  private up = false; // kai is connected

  constructor(private readonly app: App) {
    effect(() => {
      const conversation = app.current.value;
      const kai = app.companion.value.state;
      untracked(() => this.look(conversation, kai));
    });
  }

  // While kai is looked for nothing is followed, and what was lost with it is followed again once it is back: it goes on there
  // meanwhile, and the assistant here would write it a second time.
  private look(c: Conversation | undefined, kai: string): void {
    const up = kai === "connected";
    if (up && !this.up) this.lost = false;
    this.up = up;
    if (this.id !== (c?.id ?? "")) this.leave(c?.id ?? "");
    const mark = c?.summing;
    if (mark?.fault) this.wrong.value = sentence(mark.fault);
    else if (mark && !this.stop && !this.lost && kai !== "connecting") void this.write();
  }

  private leave(next: string): void {
    this.stop?.abort();
    this.stop = undefined;
    this.id = next;
    this.lost = false;
    this.shown.value = false;
    this.progress.value = undefined;
    this.wrong.value = "";
  }

  /** write has the summary written, or follows that. */
  async write(): Promise<void> {
    if (this.stop || !this.id) return;
    const stop = (this.stop = new AbortController());
    const { app, id } = this;
    this.lost = false;
    this.wrong.value = "";
    this.progress.value = { status: "" };
    try {
      const next = await app.client.stream("conversation.summarise", { id }, (p) => {
        if (this.stop === stop) this.progress.value = p;
      }, { signal: stop.signal });
      if (this.stop !== stop) return;
      app.put(next);
      if (!this.shown.peek()) app.notices.show(t.summary.done, { label: t.summary.show, run: () => void (this.id === id && (this.shown.value = true)) });
    } catch (error) {
      if (this.stop !== stop) return;
      const reason = asFault(error);
      if (reason.code === "canceled") return;
      this.lost = true;
      this.wrong.value = sentence(reason);
      if (!this.shown.peek()) app.complain(reason);
    } finally {
      if (this.stop === stop) {
        this.stop = undefined;
        this.progress.value = undefined;
      }
    }
  }

  /** cancel ends it everywhere. */
  async cancel(): Promise<void> {
    await this.app.attempt(this.app.client.stream("conversation.summarise", { id: this.id, stop: true }, () => undefined).then((c) => this.app.put(c)));
  }
}

/** saying tells how far a writing is. */
export function saying({ status, completed = 0, total = 0 }: ServiceProgress): string {
  if (status === "waiting") return t.summary.waiting;
  if (status === "again") return t.summary.retrying;
  return total && completed ? t.summary.read(completed, total) : t.summary.writing;
}
