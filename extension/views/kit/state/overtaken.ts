/**
 * Overtaken keeps the news that arrives while something is being read. News and replies come by different ways, so a reply
 * may be older than news that was heard before it: who reads takes the reply, and then that news once more.
 */
export class Overtaken<T> {
  private readonly open = new Set<T[]>();

  /** heard notes a piece of news for every reading that is under way. */
  heard(news: T): void {
    for (const kept of this.open) kept.push(news);
  }

  /** read waits for a reply and gives it with the news that was heard meanwhile, in its order. */
  async read<R>(reply: Promise<R>): Promise<[R, T[]]> {
    const kept: T[] = [];
    this.open.add(kept);
    try {
      return [await reply, kept];
    } finally {
      this.open.delete(kept);
    }
  }
}
