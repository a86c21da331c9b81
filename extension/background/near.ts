// Frames reach a view by a MessagePort: it joins two pages of one process directly, where a runtime port goes through the
// browser's own. The runtime port stays beside it: it tells when an end is gone, and brings what the view says.

/** NearPorts keeps the ports that views handed over, until the runtime port of that name is there. */
export class NearPorts {
  private readonly waiting = new Map<string, MessagePort>();

  constructor() {
    addEventListener("message", (event: MessageEvent<{ near?: unknown } | null>) => {
      const [port] = event.ports;
      const name = event.data?.near;
      if (event.origin === location.origin && port && typeof name === "string") this.waiting.set(name, port);
    });
  }

  /** take gives the port that was handed over for a runtime port, if any. */
  take(name: string): MessagePort | undefined {
    const port = this.waiting.get(name);
    this.waiting.delete(name);
    return port;
  }
}
