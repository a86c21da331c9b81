// The few single messages of the background; everything with an order goes over ports.

/** Ended tells that the program is over. */
export interface Ended {
  kai: "ended";
  reason: string;
}

/** stateQuestion asks the offscreen document whether the program serves; the answer is a WakeAnswer. */
export const stateQuestion = { kai: "state" } as const;

/** isStateQuestion tells whether a message is the state question. */
export function isStateQuestion(message: unknown): boolean {
  return kindOf(message) === "state";
}

/** isPing tells whether a message only asks whether the background runs. */
export function isPing(message: unknown): boolean {
  return kindOf(message) === "ping";
}

/** isEnded tells whether a message is the program's end. */
export function isEnded(message: unknown): message is Ended {
  return kindOf(message) === "ended";
}

/** sayEnded tells the service worker of the program's end, and waits until it knows. */
export async function sayEnded(reason: string): Promise<void> {
  try {
    await chrome.runtime.sendMessage({ kai: "ended", reason } satisfies Ended);
  } catch (error) {
    console.warn("kAI: the background did not hear that the program ended:", error);
  }
}

function kindOf(message: unknown): unknown {
  return typeof message === "object" && message !== null ? (message as { kai?: unknown }).kai : undefined;
}
