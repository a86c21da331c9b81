import { computed, signal } from "@preact/signals";
import type { Message, RunDelta, ToolUse } from "../../../gen/wire";

const encoder = new TextEncoder();

/**
 * Entry is a message on the screen. The growing text has signals of its own, so that a token touches nothing but the
 * block it lands in.
 */
export class Entry {
  readonly message;
  readonly text;
  readonly thinking;
  /** What the model called in it. */
  readonly tools;
  /** How many bytes its text has. */
  readonly bytes = computed(() => encoder.encode(this.text.value).length);
  /** How far the message is: n of the last delta in text. */
  delta: number;
  unfollow: (() => void) | undefined;

  constructor(message: Message, readonly pending = false) {
    this.message = signal(message);
    this.text = signal(message.text ?? "");
    this.thinking = signal(message.thinking ?? "");
    this.tools = signal<ToolUse[]>(message.tools ?? []);
    this.delta = message.delta ?? 0;
  }

  get id(): string {
    return this.message.peek().id;
  }

  /** Whether the answer is still being made. */
  get running(): boolean {
    return this.message.value.state === "running";
  }

  /** replace takes a record as it is in the store. While deltas arrive, they know better than a record on its way. */
  replace(message: Message): void {
    const sameRun = this.message.peek().run === message.run;
    if (sameRun && this.unfollow && message.state === "running") return;
    if (sameRun && this.ended && message.state === "running") return;
    this.message.value = message;
    this.text.value = message.text ?? "";
    this.thinking.value = message.thinking ?? "";
    this.tools.value = message.tools ?? [];
    this.delta = message.delta ?? 0;
  }

  /** grow adds a delta. */
  grow(d: RunDelta): void {
    this.delta = d.n;
    if (d.thinking) this.thinking.value += d.thinking;
    if (d.tools) this.tools.value = d.tools;
    if (d.text) this.text.value += d.text;
    if (d.state && d.state !== "running") this.finish(d);
  }

  /** The text as it is now, for copying. */
  current(): string {
    return this.text.peek();
  }

  private get ended(): boolean {
    const state = this.message.peek().state;
    return state !== undefined && state !== "running";
  }

  private finish(d: RunDelta): void {
    this.message.value = {
      ...this.message.peek(),
      text: this.text.peek(),
      thinking: this.thinking.peek() || undefined,
      tools: this.tools.peek(),
      state: d.state,
      fault: d.fault,
      stats: d.stats,
    };
  }
}
