/**
 * Pace decides when a growing text is painted: at once while painting is cheap, less often when it is not, so that
 * painting never takes more than about a fifth of the time.
 */
export class Pace {
  private due: ReturnType<typeof setTimeout> | undefined;
  private last = 0;
  private cost = 0;

  constructor(private readonly paint: () => void, private readonly now: () => number = () => performance.now()) {}

  /** want asks for a paint of the newest text. */
  want(): void {
    if (this.due !== undefined) return;
    const wait = this.last + this.cost * 4 - this.now();
    if (wait <= 0) this.run();
    else this.due = setTimeout(() => this.run(), wait);
  }

  /** stop drops a paint that is due. */
  stop(): void {
    clearTimeout(this.due);
    this.due = undefined;
  }

  private run(): void {
    this.due = undefined;
    const from = this.now();
    this.paint();
    this.last = this.now();
    this.cost = this.last - from;
  }
}
