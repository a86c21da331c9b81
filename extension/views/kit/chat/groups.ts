import { signal, type Signal } from "@preact/signals";
import type { Turn } from "../state/path";

const size = 20; // turns

/** Group is some turns that follow one another. It is the same object while it keeps its turns. */
export interface Group {
  key: number;
  turns: Turn[];
  /** Whether it came before others that were there. */
  early: boolean;
  /** How many of its turns, from the newest, are drawn. */
  drawn: Signal<number>;
  /** How much room it is given, in pixels, until it is drawn. */
  room: Signal<number>;
}

/**
 * Groups cuts the way through a conversation into groups that the browser lays out, leaves out and looks at as one. A turn stays
 * in its group; older ones that come are groups of their own.
 */
export class Groups {
  private groups = new Map<number, Group>();
  private places = new Map<string, number>(); // of a message, the key of its group
  private lowest = 0;
  private highest = 0;

  /** of gives the groups of a way. */
  of(turns: Turn[]): Group[] {
    const first = turns.findIndex((turn) => this.places.has(turn.entry.id));
    const cut = first < 0 ? this.begin(turns) : [...this.before(turns.slice(0, first)), ...this.on(turns.slice(first))];
    const out = cut.map((group) => this.same(group));
    this.groups = new Map(out.map((group) => [group.key, group]));
    this.places = new Map(out.flatMap((group) => group.turns.map((turn) => [turn.entry.id, group.key])));
    return out;
  }

  // Another conversation.
  private begin(turns: Turn[]): Group[] {
    this.groups.clear();
    this.places.clear();
    return this.on(turns);
  }

  private before(turns: Turn[]): Group[] {
    const out: Group[] = [];
    for (let end = turns.length; end > 0; end -= size) {
      out.unshift({ key: --this.lowest, turns: turns.slice(Math.max(0, end - size), end), early: true, drawn: signal(0), room: signal(0) });
    }
    return out;
  }

  // What comes between turns of a group goes into it, what comes after them as long as there is room.
  private on(turns: Turn[]): Group[] {
    const out: Group[] = [];
    const lastKnown = turns.findLastIndex((turn) => this.places.has(turn.entry.id));
    turns.forEach((turn, i) => {
      const last = out.at(-1);
      const place = this.places.get(turn.entry.id);
      const joins = place === undefined ? i < lastKnown || (last && last.turns.length < size) : place === last?.key;
      if (last && joins) last.turns.push(turn);
      else out.push({ ...this.known(place), turns: [turn] });
    });
    return out;
  }

  private known(key: number | undefined): Group {
    const known = key === undefined ? undefined : this.groups.get(key);
    return known ?? { key: ++this.highest, turns: [], early: false, drawn: signal(Infinity), room: signal(0) };
  }

  private same(group: Group): Group {
    const old = this.groups.get(group.key);
    return old && old.turns.length === group.turns.length && old.turns.every((turn, i) => turn === group.turns[i]) ? old : group;
  }
}
