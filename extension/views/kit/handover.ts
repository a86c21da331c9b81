/** Handover is what the first paint leaves to the view that takes over: what was sent before the view could send it. */
export interface Handover {
  /** Messages sent so far, in order. */
  sent: string[];
  /** Ends the first paint's hold on the text box. */
  letGo(): void;
}

declare global {
  interface Window {
    kaiFirst?: Handover;
  }
}
