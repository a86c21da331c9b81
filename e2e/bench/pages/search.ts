// Asks the runtime to search as a view does, over a connection of its own.
import { Connection } from "../../../extension/bridge/connection";
import { openPort, wake } from "../../../extension/bridge/port";
import { MaxVersion, MinVersion, type Found } from "../../../extension/gen/wire";

const hello = { app: "kai-view", version: "bench", instance: crypto.randomUUID(), min: MinVersion, max: MaxVersion };
let connection: Connection | undefined;

/** connect makes sure that the runtime serves, so that a search that follows pays for nothing else. */
async function connect(): Promise<void> {
  await wake(new AbortController().signal);
  connection = new Connection(openPort(), hello);
  await connection.ready;
}

/** search gives how long each search took, from asking to having the answer in hand, in ms. */
async function search(queries: string[]): Promise<{ took: number; hits: number }[]> {
  const out = [];
  for (const words of queries) {
    const began = performance.now();
    const found: Found = await connection!.call("search", { words, limit: 50 });
    out.push({ took: performance.now() - began, hits: found.hits.length });
  }
  return out;
}

Object.assign(globalThis, { connect, search });
