import { signal } from "@preact/signals";
import type { Client } from "../../../bridge/client";
import { asFault, type FaultError } from "../../../bridge/fault";
import type { SyncState } from "../../../gen/wire";

const lookEvery = 1000;

/** Sync is what kai tells of the exchange with the other devices, while somebody looks. */
export class Sync {
  readonly state = signal<SyncState | undefined>(undefined);
  readonly fault = signal<FaultError | undefined>(undefined);

  constructor(private readonly client: Pick<Client, "call">) {}

  /** look asks kai now. */
  async look(): Promise<void> {
    try {
      this.state.value = await this.client.call("sync.state", {});
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
