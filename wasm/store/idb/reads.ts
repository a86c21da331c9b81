// Many reads by key that end together. A value is taken apart when it arrives and let go at once: of a packed one most is
// neighbours, and what is held until the last has arrived keeps the garbage collector busy.

import type { States } from "./answer";
import { find, readLeaf, type KindPlan, type Stored } from "./leaf";

/** A record that is wanted, and its place among those that were asked for. */
interface Wanted { id: string; at: number }
interface Asked { kind: KindPlan; wanted: Wanted[] }

export class Reads {
  /** The places of the records that were not where they were looked for. */
  readonly missed: number[] = [];
  private asked = new Map<KindPlan, Map<IDBValidKey, Asked>>();
  private missing = 0;
  private failed: unknown;
  private end: (() => void) | undefined;

  constructor(private out: States) {}

  /** Looks for a record in the value under a key, which is asked for once for each name. */
  add(tx: IDBTransaction, kind: KindPlan, name: IDBValidKey, key: IDBValidKey | IDBKeyRange, wanted: Wanted): void {
    let values = this.asked.get(kind);
    if (!values) this.asked.set(kind, (values = new Map()));
    const known = values.get(name);
    if (known) {
      known.wanted.push(wanted);
      return;
    }
    const asked = { kind, wanted: [wanted] };
    values.set(name, asked);
    this.missing++;
    const request = tx.objectStore(kind.store).get(key) as IDBRequest<Stored | undefined>;
    request.onsuccess = () => this.arrived(asked, request.result);
    request.onerror = () => this.done(request.error);
  }

  /** Waits for all that were added. */
  async all(): Promise<void> {
    if (this.missing > 0) await new Promise<void>((resolve) => (this.end = resolve));
    if (this.failed) throw this.failed;
  }

  private arrived(asked: Asked, stored: Stored | undefined): void {
    try {
      const leaf = readLeaf(stored, asked.kind);
      for (const { id, at } of asked.wanted) {
        const place = leaf ? find(leaf, id) : -1;
        if (leaf && place >= 0) this.out.take(at, leaf, place);
        else this.missed.push(at);
      }
      this.done();
    } catch (error) {
      this.done(error);
    }
  }

  private done(error?: unknown): void {
    this.failed ??= error ?? undefined;
    if (--this.missing === 0) this.end?.();
  }
}
