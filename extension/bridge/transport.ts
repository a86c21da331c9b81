import type { Transport } from "./connection";
import { copyKept, openCopy } from "./copy";
import { asFault } from "./fault";
import { openPort, wake } from "./port";
import { openSocket } from "./socket";

/** inExtension tells whether this page belongs to the extension; otherwise kai served it. */
export function inExtension(): boolean {
  return typeof chrome !== "undefined" && chrome.runtime?.id !== undefined;
}

/** connectTransport opens a connection to wherever the assistant runs: for the web app kai, or its copy while kai is away. */
export async function connectTransport(signal: AbortSignal): Promise<Transport> {
  if (!inExtension()) return openSocket(signal).catch((error: unknown) => openInstead(signal, error));
  await wake(signal);
  return openPort();
}

function openInstead(signal: AbortSignal, error: unknown): Promise<Transport> {
  if (asFault(error).code !== "unavailable" || !copyKept()) throw error;
  return openCopy(signal);
}
