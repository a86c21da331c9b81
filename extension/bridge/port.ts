import type { Transport } from "./connection";
import { fault } from "./fault";

const homes: ReadonlySet<string> = new Set(["/offscreen.html", "/_generated_background_page.html"]);
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
  const name = `kai-view ${crypto.randomUUID()}`;
  const near = handOver(name);
  const port = chrome.runtime.connect({ name });
  const transport: Transport = {
    maxFrame: 0,
    onframe: () => undefined,
    onclose: () => undefined,
    post: (frame) => port.postMessage(frame),
    close: () => {
      near?.close();
      port.disconnect();
    },
  };
  const take = (frame: unknown) => typeof frame === "string" && transport.onframe(frame);
  port.onMessage.addListener(take);
  if (near) near.onmessage = (event: MessageEvent<unknown>) => take(event.data);
  port.onDisconnect.addListener(() => transport.onclose(lastError("the connection to kAI was lost")));
  return transport;
}

// The page of the runtime is in this process, if it can be seen: frames then come by a port of its own, past the browser. It
// decides when it hears of the runtime port, so that all frames come the same way.
function handOver(name: string): MessagePort | undefined {
  const home = chrome.extension.getViews().find((view) => homes.has(view.location.pathname));
  if (!home) return undefined;
  const { port1, port2 } = new MessageChannel();
  home.postMessage({ near: name }, location.origin, [port2]);
  return port1;
}

// Reading lastError also keeps the browser from logging it as unchecked.
function lastError(otherwise: string): string {
  return chrome.runtime.lastError?.message ?? otherwise;
}
