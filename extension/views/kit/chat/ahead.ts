import { signal } from "@preact/signals";
import type { Group } from "./groups";

const bit = 2; // turns a frame: a question and its answer take a few milliseconds

/**
 * Ahead draws earlier messages bit by bit, a few in each frame, before a person scrolls to them. All of a page at once would make one
 * frame take a tenth of a second.
 */
export class Ahead {
  /** Whether there is something to draw. */
  readonly busy = signal(false);
  private groups: Group[] = [];
  private due = false;

  /** look takes what groups there are, oldest first, and draws what is not drawn yet. */
  look(groups: Group[]): void {
    this.groups = groups;
    this.busy.value = this.next() !== undefined;
    if (!this.busy.peek() || this.due) return;
    if (document.hidden) return this.all(); // no frames are made
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      const group = this.next();
      if (group) group.drawn.value = group.drawn.peek() + bit < group.turns.length ? group.drawn.peek() + bit : Infinity;
      this.look(this.groups);
    });
  }

  /** all draws everything now. */
  all(): void {
    for (const group of this.groups) group.drawn.value = Infinity;
    this.busy.value = false;
  }

  // The newest is the nearest to what is read.
  private next(): Group | undefined {
    return this.groups.findLast((group) => group.drawn.peek() < group.turns.length);
  }
}

/** ahead is that of the one conversation that a view shows. */
export const ahead = new Ahead();
