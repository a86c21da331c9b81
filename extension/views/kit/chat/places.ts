import { effect } from "@preact/signals";
import { t } from "../../../strings";
import { choose } from "../state/actions";
import type { App } from "../state/app";
import { ahead } from "./ahead";
import type { Follow } from "./scroll";

/** Places goes to places of the open conversation, and has what is not loaded yet loaded. */
export class Places {
  /** The element that is scrolled. */
  box: HTMLElement | undefined;

  constructor(private readonly app: App, private readonly follow: Follow) {}

  /** first goes to the very first message. */
  async first(): Promise<void> {
    const { thread } = this.app;
    if (!(await thread.loadAll().catch(() => true))) return; // why it did not come is said at the top
    await this.draw(thread.turns.peek()[0]?.entry.id ?? "");
    this.follow.leave(); // not sooner: the news of an earlier way to the end comes before this frame, and holds it again
    if (this.box) this.box.scrollTop = 0;
    this.takeFocus(0);
  }

  /** last goes to the newest message. */
  last(): void {
    this.app.thread.stopLoading();
    this.follow.toEnd();
    this.takeFocus(-1);
  }

  /** message brings a message into sight, wherever in the conversation it is. */
  async message(id: string): Promise<void> {
    const { thread, spotlight } = this.app;
    const there = () => thread.entries.peek().some((e) => e.id === id);
    await thread.loadAll(there);
    if (spotlight.peek() !== id) return;
    spotlight.value = "";
    if (!there()) return;
    if (!thread.turns.peek().some((turn) => turn.entry.id === id)) await choose(this.app, id);
    await this.draw(id);
    this.follow.leave();
    const message = document.getElementById(`m-${id}`);
    message?.scrollIntoView({ block: "center" });
    message?.classList.add("lit");
    setTimeout(() => message?.classList.remove("lit"), 2000);
  }

  /** whole has all messages in the document, for the browser's own search: it finds nothing else. */
  async whole(): Promise<void> {
    const { thread, notices } = this.app;
    const id = thread.id.peek();
    if (!thread.older.peek() && !thread.reading.peek() && !ahead.busy.peek()) return;
    if (!(await thread.loadAll())) return;
    await frame();
    ahead.hurry();
    await drawn();
    if (thread.id.peek() === id) notices.show(t.chat.allHere);
  }

  // What was loaded is in the document after a frame, and what was drawn after another.
  private async draw(id: string): Promise<void> {
    await frame();
    ahead.from(id, this.turnHeight());
    await frame();
  }

  // How high a turn is, of those that are there.
  private turnHeight(): number {
    const groups = [...this.box?.querySelectorAll(".group:not(.closed)") ?? []];
    const height = groups.reduce((sum, group) => sum + group.getBoundingClientRect().height, 0);
    const turns = groups.reduce((sum, group) => sum + group.childElementCount, 0);
    return turns ? height / turns : 0;
  }

  // Where the focus is among the messages it goes along: the next Tab would lead back otherwise, and a screen reader read on there.
  private takeFocus(at: 0 | -1): void {
    if (!this.box?.contains(document.activeElement)) return;
    const message = [...this.box.querySelectorAll<HTMLElement>("[role=log] article")].at(at);
    if (message) message.tabIndex = -1;
    message?.focus({ preventScroll: true });
  }
}

const frame = () => new Promise(requestAnimationFrame);

function drawn(): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (ahead.busy.value) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });
}
