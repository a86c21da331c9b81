import { signal } from "@preact/signals";
import { merge, type Series } from "./series";

/** Trouble is why nothing new comes: nobody answers, the vault is locked, or nobody is signed in. */
export type Trouble = "away" | "locked" | "signedOut";

const every = 5_000;
const patience = 10_000;

/** Watch asks kai for the series again and again while the page is seen. */
export class Watch {
  readonly series = signal<Series | undefined>(undefined);
  readonly trouble = signal<Trouble | undefined>(undefined);
  readonly moment = signal(0); // of the last answer, in seconds since 1970
  #next: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | undefined;

  /** begin asks now, and when the page is seen again. */
  begin(): void {
    document.addEventListener("visibilitychange", () => this.#turn());
    this.#turn();
  }

  #turn(): void {
    clearTimeout(this.#next);
    this.#asking?.abort();
    if (document.visibilityState === "visible") void this.#look();
  }

  async #look(): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    const slow = setTimeout(() => asking.abort("slow"), patience);
    try {
      const trouble = await this.#ask(asking.signal);
      if (this.#asking === asking) this.trouble.value = trouble;
    } catch {
      if (this.#asking === asking && (!asking.signal.aborted || asking.signal.reason === "slow")) this.trouble.value = "away";
    } finally {
      clearTimeout(slow);
    }
    if (this.#asking === asking && document.visibilityState === "visible") this.#next = setTimeout(() => void this.#look(), every);
  }

  async #ask(signal: AbortSignal): Promise<Trouble | undefined> {
    const known = this.series.peek();
    const answer = await fetch(`/api/v1/metrics?after=${known?.times.at(-1) ?? 0}`, { signal });
    if (answer.status === 401) return "signedOut";
    if (answer.status === 423) return "locked";
    if (!answer.ok) return "away";
    const fresh = (await answer.json()) as Series;
    this.series.value = merge(known, fresh);
    this.moment.value = Date.now() / 1000;
    return undefined;
  }
}
