/** Wait returns after ms, or sooner when signal ends; it never fails. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** sleep is the Wait of real time. */
export const sleep: Wait = (ms, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
