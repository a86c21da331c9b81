import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { base64OfFile } from "../../../bridge/base64";
import type { Client } from "../../../bridge/client";
import type { Attachment } from "../../../gen/wire";

const most = 60; // that are remembered

/** Pictures has the pictures of attachments: those being attached, and those kept, which are read when they are looked at. */
export class Pictures {
  private readonly attached = new WeakMap<Attachment, Blob>();
  private readonly known = new Map<string, Signal<string | undefined>>(); // by name

  constructor(private readonly client: Pick<Client, "call">) {}

  /** attach makes an attachment of a picture; it is kept when it is sent. */
  attach(picture: Blob, name: string): Attachment {
    const attachment: Attachment = { type: "image", title: name, url: "", text: "" };
    this.attached.set(attachment, picture);
    return attachment;
  }

  /** keep has pictures kept that are not yet, and gives the attachments as they are sent. */
  async keep(attachments: Attachment[]): Promise<Attachment[]> {
    return Promise.all(attachments.map(async (a) => {
      const picture = this.attached.get(a);
      if (a.type !== "image" || a.blob || !picture) return a;
      const { id } = await this.client.call("blob.put", { data: await base64OfFile(picture) });
      this.remember(id, signal(URL.createObjectURL(picture)));
      return { ...a, blob: id };
    }));
  }

  /** url is where a picture can be shown from: undefined until it is read, empty when it is not on this device. */
  url(a: Attachment): ReadonlySignal<string | undefined> {
    const name = a.blob ?? "";
    const known = this.known.get(name);
    if (known && name) return known;
    const picture = this.attached.get(a);
    if (picture) {
      const shown = signal<string | undefined>(URL.createObjectURL(picture));
      if (name) this.remember(name, shown);
      return shown;
    }
    const url = signal<string | undefined>(undefined);
    this.remember(name, url);
    void this.read(name, url);
    return url;
  }

  /** data gives a kept picture as a data: address, or "" when it is not on this device. */
  async data(name: string): Promise<string> {
    try {
      const { data } = await this.client.call("blob.get", { id: name });
      return `data:${typeIn(data)};base64,${data}`;
    } catch {
      return "";
    }
  }

  private async read(name: string, url: Signal<string | undefined>): Promise<void> {
    const data = await this.data(name);
    url.value = data && URL.createObjectURL(blobOf(data));
    if (!data) this.known.delete(name); // it may come; it is asked for again when it is looked at again
  }

  private remember(name: string, url: Signal<string | undefined>): void {
    this.known.set(name, url);
    if (this.known.size <= most) return;
    const [oldest, shown] = this.known.entries().next().value!;
    this.known.delete(oldest);
    if (shown.peek()) setTimeout(() => URL.revokeObjectURL(shown.peek()!), 60_000); // it may still be seen
  }
}

/** typeIn reads the type of a picture from its first bytes, in base64. */
export function typeIn(data: string): string {
  return data.startsWith("/9j/") ? "image/jpeg" : data.startsWith("UklGR") ? "image/webp" : "image/png";
}

function blobOf(address: string): Blob {
  const at = address.indexOf(",");
  const bytes = Uint8Array.from(atob(address.slice(at + 1)), (c) => c.charCodeAt(0));
  return new Blob([bytes], { type: address.slice(5, address.indexOf(";")) });
}
