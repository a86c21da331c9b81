import type { Transport } from "./connection";
import { openPort, wake } from "./port";
import { openSocket } from "./socket";

/** inExtension tells whether this page belongs to the extension; otherwise kai served it. */
export function inExtension(): boolean {
  return typeof chrome !== "undefined" && chrome.runtime?.id !== undefined;
}

/** connectTransport opens a connection to wherever the assistant runs. */
export async function connectTransport(signal: AbortSignal): Promise<Transport> {
  if (!inExtension()) return openSocket(signal);
  await wake(signal);
  return openPort();
}
