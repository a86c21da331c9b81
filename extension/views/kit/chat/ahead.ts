import { signal } from "@preact/signals";
import type { Group } from "./groups";

const bit = 2; // turns a frame: a question and its answer take a few milliseconds
const largeBit = 8;

/**
 * Ahead draws earlier messages bit by bit, a few in each frame, before a person scrolls to them. All of a page at once would make one
 * frame take a tenth of a second.
 */
export class Ahead {
  /** How many turns are still to be drawn. */
  readonly left = signal(0);
  /** Whether there is something to draw. */
  readonly busy = signal(false);
  /** Whether a person waits for it. */
  readonly awaited = signal(false);
  /** The group that was gone to, if one was. From there on the others are drawn, and until then have room. */
  readonly near = signal<number | undefined>(undefined);
  private groups: Group[] = [];
  private due = false;

  /** look takes what groups there are, oldest first, and draws what is not drawn yet. */
  look(groups: Group[]): void {
    this.groups = groups;
    if (!groups.some((group) => group.key === this.near.peek())) this.near.value = undefined;
    this.count();
    if (!this.busy.peek() || this.due) return;
    if (document.hidden && this.near.peek() === undefined) return this.all(); // no frames are made
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      const group = this.next();
      const many = this.awaited.peek() ? largeBit : bit;
      if (group) group.drawn.value = group.drawn.peek() + many < group.turns.length ? group.drawn.peek() + many : Infinity;
      this.look(this.groups);
    });
  }

  /** all draws everything now. */
  all(): void {
    for (const group of this.groups) group.drawn.value = Infinity;
    this.count();
  }

  /** hurry draws the rest more quickly than a person who scrolls would like. */
  hurry(): void {
    this.awaited.value = this.busy.peek();
  }

  /** from draws the group of a message now and goes on from there. The others get the room that they may need. */
  from(id: string, pixels: number): void {
    const first = this.groups.find((group) => group.turns.some((turn) => turn.entry.id === id));
    if (!first) return;
    for (const group of this.groups) if (left(group) > 0) group.room.value = Math.round(pixels * group.turns.length);
    this.now(first);
  }

  /** now draws a group that is about to come into sight, and then those around it. */
  now(group: Group): void {
    this.near.value = group.key;
    group.drawn.value = Infinity;
    this.count();
  }

  private count(): void {
    this.left.value = this.groups.reduce((sum, group) => sum + left(group), 0);
    this.busy.value = this.left.peek() > 0;
    if (!this.busy.peek()) this.awaited.value = false;
  }

  // The nearest to what is read: usually the newest. Keys are in the order of the groups.
  private next(): Group | undefined {
    const near = this.near.peek() ?? Infinity;
    const undrawn = this.groups.filter((group) => left(group) > 0);
    const after = undrawn.find((group) => group.key > near);
    const before = undrawn.findLast((group) => group.key <= near);
    if (!after || !before) return after ?? before;
    return after.key - near < near - before.key ? after : before;
  }
}

const left = (group: Group) => Math.max(0, group.turns.length - group.drawn.peek());

/** ahead is that of the one conversation that a view shows. */
export const ahead = new Ahead();
