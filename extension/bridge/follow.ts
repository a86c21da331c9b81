import type { RunDelta } from "../gen/wire";
import type { Client } from "./client";
import { asFault, type FaultError } from "./fault";
import { sleep, type Wait } from "./wait";

/** Follow is what a run's follower hears. */
export interface Follow {
  delta(d: RunDelta): void;
  /** The run cannot be followed (it is not known there any more). */
  lost(reason: FaultError): void;
}

/**
 * followRun attaches to a run after delta from, and again from the last delta whenever the connection was lost, until its
 * final delta came. A delta that was already seen is dropped. It returns a function that lets go.
 */
export function followRun(
  client: Pick<Client, "stream">, run: string, from: number, to: Follow, wait: Wait = sleep,
): () => void {
  const stop = new AbortController();
  let last = from;
  let ended = false;
  let tries = 0;
  const each = (d: RunDelta) => {
    if (d.n <= last || ended) return;
    last = d.n;
    tries = 0;
    ended = d.state !== undefined && d.state !== "running";
    to.delta(d);
  };
  const keep = async () => {
    while (!ended && !stop.signal.aborted) {
      try {
        await client.stream("run.attach", { run, from: last }, each, { signal: stop.signal });
        if (!ended && !stop.signal.aborted) to.lost(asFault(new Error("the answer ended without saying how")));
        return;
      } catch (error) {
        const reason = asFault(error);
        if (reason.code === "canceled") return;
        if (reason.code !== "unavailable") return to.lost(reason);
        await wait(Math.min(50 * 2 ** tries++, 4000), stop.signal); // stream then waits for the next connection
      }
    }
  };
  void keep();
  return () => stop.abort();
}
