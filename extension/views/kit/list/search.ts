import { signal } from "@preact/signals";
import { asFault } from "../../../bridge/fault";
import type { FoundHit } from "../../../gen/wire";
import { t } from "../../../strings";
import type { App } from "../state/app";

const pause = 120; // after the last key
const most = 60;

/** Finder searches while the person types. Only the newest search may show its answer. */
export class Finder {
  readonly words = signal("");
  readonly hits = signal<FoundHit[] | undefined>(undefined);
  readonly busy = signal(false);

  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: AbortController | undefined;

  constructor(private readonly app: App) {}

  /** type takes what is in the search box. */
  type(words: string): void {
    this.words.value = words;
    clearTimeout(this.timer);
    this.running?.abort();
    if (words.trim() === "") {
      this.hits.value = undefined;
      this.busy.value = false;
      return;
    }
    this.busy.value = true;
    this.timer = setTimeout(() => void this.look(words.trim()), pause);
  }

  private async look(words: string): Promise<void> {
    const running = (this.running = new AbortController());
    try {
      const found = await this.app.client.call("search", { words, limit: most }, { signal: running.signal });
      if (running.signal.aborted) return;
      this.hits.value = found.hits ?? [];
      this.app.notices.say(t.list.found(this.hits.value.length));
    } catch (error) {
      if (running.signal.aborted) return;
      this.hits.value = [];
      this.app.complain(asFault(error));
    } finally {
      if (!running.signal.aborted) this.busy.value = false;
    }
  }
}
