import { signal } from "@preact/signals";

/** Toast is a short message at the foot of the view, with at most one thing to do about it. */
export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "bad";
  action?: { label: string; run(): void };
}

const lifetime = 8000;
const longLifetime = 14000;

/** Notices are what the view has to say: toasts to see, sentences to hear. */
export class Notices {
  readonly toasts = signal<Toast[]>([]);
  /** The newest sentence for screen readers. */
  readonly spoken = signal("");
  private counter = 0;
  private timers = new Map<number, ReturnType<typeof setTimeout>>();

  /** show adds a toast. It leaves by itself, unless it is held. */
  show(text: string, action?: Toast["action"], tone: Toast["tone"] = "plain"): void {
    const toast: Toast = { id: ++this.counter, text, tone, action };
    this.toasts.value = [...this.toasts.peek(), toast].slice(-3);
    this.release(toast.id);
  }

  /** hold keeps a toast while the person looks at it. */
  hold(id: number): void {
    clearTimeout(this.timers.get(id));
  }

  /** release lets a toast leave in a while. */
  release(id: number): void {
    const toast = this.toasts.peek().find((x) => x.id === id);
    if (!toast) return;
    clearTimeout(this.timers.get(id));
    this.timers.set(id, setTimeout(() => this.dismiss(id), toast.tone === "bad" ? longLifetime : lifetime));
  }

  /** dismiss takes a toast away. */
  dismiss(id: number): void {
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
    this.toasts.value = this.toasts.peek().filter((x) => x.id !== id);
  }

  /** say speaks a sentence to screen readers; the same one twice is still news. */
  say(text: string): void {
    this.spoken.value = this.spoken.peek() === text ? text + "\u00a0" : text;
  }
}
