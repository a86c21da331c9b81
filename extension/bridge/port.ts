import type { Transport } from "./connection";
import { fault } from "./fault";

const wakePatience = 60_000; // a busy machine may take this long to compile the runtime

/** wake makes sure that the runtime runs. It fails with the reason when the runtime cannot start. */
export function wake(signal: AbortSignal): Promise<void> {
  const port = chrome.runtime.connect({ name: "kai-wake" });
  return new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(fault("timeout", "kAI did not start in time"))), wakePatience);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
      port.disconnect();
      settle();
    };
    const aborted = () => finish(() => reject(fault("canceled", "stopped")));
    signal.addEventListener("abort", aborted, { once: true });
    port.onMessage.addListener((answer: { ready?: boolean; error?: string }) => {
      if (answer.error) finish(() => reject(fault("internal", answer.error ?? "")));
      else if (answer.ready) finish(resolve);
    });
    port.onDisconnect.addListener(() => finish(() => reject(fault("unavailable", lastError("kAI is starting again")))));
  });
}

/** openPort opens the connection to the runtime of this browser profile. */
export function openPort(): Transport {
  const port = chrome.runtime.connect({ name: "kai-view" });
  const transport: Transport = {
    maxFrame: 0,
    onframe: () => undefined,
    onclose: () => undefined,
    post: (frame) => port.postMessage(frame),
    close: () => port.disconnect(),
  };
  port.onMessage.addListener((frame: unknown) => {
    if (typeof frame === "string") transport.onframe(frame);
  });
  port.onDisconnect.addListener(() => transport.onclose(lastError("the connection to kAI was lost")));
  return transport;
}

// Reading lastError also keeps the browser from logging it as unchecked.
function lastError(otherwise: string): string {
  return chrome.runtime.lastError?.message ?? otherwise;
}
