import { signal } from "@preact/signals";

const slack = 48; // pixels from the end that still count as being there

/**
 * Follow keeps a scrolled element at its end while the person is there, and leaves it alone when they went up to read.
 */
export class Follow {
  /** Whether the end is out of sight. */
  readonly away = signal(false);
  private element: HTMLElement | undefined;
  private observer: ResizeObserver | undefined;
  private atEnd = true;
  private top = 0;

  /** attach watches element, whose content is in inner. */
  attach(element: HTMLElement, inner: HTMLElement): () => void {
    this.element = element;
    const scrolled = () => this.scrolled();
    element.addEventListener("scroll", scrolled, { passive: true });
    this.observer = new ResizeObserver(() => this.grown());
    this.observer.observe(inner);
    this.observer.observe(element);
    return () => {
      element.removeEventListener("scroll", scrolled);
      this.observer?.disconnect();
    };
  }

  /** toEnd goes to the newest. */
  toEnd(smooth = false): void {
    this.atEnd = true;
    this.away.value = false;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.element?.scrollTo({ top: this.element.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
  }

  /** leave lets go of the end, to show something further up. */
  leave(): void {
    this.atEnd = false;
  }

  private grown(): void {
    if (this.atEnd) this.toEnd();
    else this.away.value = !this.near();
  }

  // Only a person goes up. What grows while it is scrolled to puts the end out of reach without anybody leaving it.
  private scrolled(): void {
    const top = this.element?.scrollTop ?? 0;
    const up = top < this.top;
    this.top = top;
    if (this.near()) this.atEnd = true;
    else if (up) this.atEnd = false;
    this.away.value = !this.atEnd;
  }

  private near(): boolean {
    const e = this.element;
    return !e || e.scrollHeight - e.scrollTop - e.clientHeight < slack;
  }
}
