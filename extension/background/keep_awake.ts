// Firefox suspends an event page after half a minute in which it called nothing of the browser, whoever is joined to it.

const every = 10_000;

/** KeepAwake calls something cheap of the browser now and then while it is set. */
export class KeepAwake {
  private timer: ReturnType<typeof setInterval> | undefined;

  /** set turns it on or off. */
  set(on: boolean): void {
    if (on === (this.timer !== undefined)) return;
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => void chrome.runtime.getPlatformInfo(), every) : undefined;
  }
}
