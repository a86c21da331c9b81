// Many reads by key that end together: one promise for all of them instead of one each.

import { readLeaf, type KindPlan, type Leaf, type Stored } from "./leaf";

export class Reads {
  private kinds: KindPlan[] = [];
  private values: (Stored | undefined)[] = [];
  private places = new Map<KindPlan, Map<IDBValidKey, number>>();
  private missing = 0;
  private failed: unknown;
  private end: (() => void) | undefined;

  /** Asks for the value under a key, once for each name, and gives its place in what all() answers. */
  add(tx: IDBTransaction, kind: KindPlan, name: IDBValidKey, key: IDBValidKey | IDBKeyRange): number {
    let places = this.places.get(kind);
    if (!places) this.places.set(kind, (places = new Map()));
    const place = places.get(name);
    if (place !== undefined) return place;
    const at = this.kinds.push(kind) - 1;
    places.set(name, at);
    this.missing++;
    const request = tx.objectStore(kind.store).get(key) as IDBRequest<Stored | undefined>;
    request.onsuccess = () => {
      this.values[at] = request.result;
      this.done();
    };
    request.onerror = () => {
      this.failed ??= request.error;
      this.done();
    };
    return at;
  }

  async all(): Promise<(Leaf | undefined)[]> {
    if (this.missing > 0) await new Promise<void>((resolve) => (this.end = resolve));
    if (this.failed) throw this.failed;
    return this.kinds.map((kind, at) => readLeaf(this.values[at], kind));
  }

  private done(): void {
    if (--this.missing === 0) this.end?.();
  }
}
