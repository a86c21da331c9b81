// The way to the companion: native messaging, opened only when the program asks.
import type { CloseWord, NativeLink } from "./contract";

const application = "org.kindos.kai";

/** Relay is what a native port hands on: frames as the browser parsed them, and the end. */
export interface Relay {
  frame(frame: unknown): void;
  closed(reason: string): void;
}

/** openNative connects to the companion. Both browsers report a missing host only when the port closes. */
export function openNative(to: Relay): { post(frame: unknown): void; close(): void } {
  let port: chrome.runtime.Port;
  try {
    port = chrome.runtime.connectNative(application);
  } catch (error) {
    queueMicrotask(() => to.closed(`absent: native messaging was not found in this browser (${String(error)})`));
    return { post: () => undefined, close: () => undefined };
  }
  port.onMessage.addListener((frame: unknown) => to.frame(frame));
  port.onDisconnect.addListener((p: chrome.runtime.Port & { error?: { message?: string } }) => {
    to.closed(closeReason(chrome.runtime.lastError?.message ?? p.error?.message));
  });
  return { post: (frame) => port.postMessage(frame), close: () => port.disconnect() };
}

/** openNativeText is openNative in JSON text, as the program speaks it. */
export function openNativeText(onFrame: (text: string) => void, onClose: (reason: string) => void): NativeLink {
  const link = openNative({ frame: (frame) => onFrame(JSON.stringify(frame)), closed: onClose });
  return { post: (text) => link.post(JSON.parse(text)), close: () => link.close() };
}

/** closeReason puts the browser's words in order: a CloseWord, then what the browser said. */
export function closeReason(said: string | undefined): string {
  return `${closeWord(said)}: ${said ?? "the companion ended"}`;
}

// Chromium and Firefox each have their own words, and Firefox has none when the host exits.
function closeWord(said: string | undefined): CloseWord {
  if (said === undefined || /has exited/i.test(said)) return "exited";
  if (/host not found|no such native application/i.test(said)) return "absent";
  if (/forbidden|not have permission/i.test(said)) return "forbidden";
  return "failed";
}
