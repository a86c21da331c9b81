import { signal } from "@preact/signals";
import { asFault, type FaultError } from "../../../bridge/fault";

const lookEvery = 1000;

/** Watched is what kai tells of something that changes by itself, while somebody looks. */
export class Watched<State> {
  readonly state = signal<State | undefined>(undefined);
  readonly fault = signal<FaultError | undefined>(undefined);

  constructor(private readonly ask: () => Promise<State>) {}

  /** look asks kai now. */
  async look(): Promise<void> {
    try {
      this.state.value = await this.ask();
      this.fault.value = undefined;
    } catch (error) {
      this.fault.value = asFault(error);
    }
  }

  /** watch looks again and again until the returned function is called. */
  watch(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const next = async () => {
      await this.look();
      if (!over) timer = setTimeout(() => void next(), lookEvery);
    };
    void next();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }
}
