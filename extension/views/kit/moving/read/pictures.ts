import type { Attachment } from "../../../../gen/wire";
import { hex, type Find, type Left, type Picture } from "./item";

/** maxPicture is how many bytes one may have; whoever keeps them takes no more. */
export const maxPicture = 8 << 20;

const most = 16; // of one message

/** base64Of gives the base64 of a data: address, or of what is base64 already; undefined for anything else. */
export function base64Of(address: string): string | undefined {
  const bare = address.startsWith("data:") ? /^data:[^,]*;base64,(.*)$/s.exec(address)?.[1] : address;
  return bare && /^[A-Za-z0-9+/]+={0,2}\s*$/.test(bare) ? bare.trim() : undefined;
}

/** bytesOf decodes base64; undefined when it is none. */
export function bytesOf(data: string): Uint8Array | undefined {
  try {
    const from = Uint8Array as unknown as { fromBase64?: (data: string) => Uint8Array };
    return from.fromBase64 ? from.fromBase64(data) : Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** shows says whether bytes begin as the pictures do that kAI keeps: PNG, JPEG and WebP. */
function shows(b: Uint8Array): boolean {
  const at = (i: number, ...what: number[]) => what.every((x, n) => b[i + n] === x);
  return at(0, 0x89, 0x50, 0x4e, 0x47) || at(0, 0xff, 0xd8, 0xff) || (at(0, 0x52, 0x49, 0x46, 0x46) && at(8, 0x57, 0x45, 0x42, 0x50));
}

/** judge gives the bytes of a picture that kAI can keep, and notes what is none. */
export function judge(data: string | undefined, left: Left): Uint8Array | undefined {
  const bytes = data === undefined || data.length > 2 * maxPicture ? undefined : bytesOf(data);
  if (data !== undefined && (bytes?.length ?? data.length / 2) > maxPicture) return void left.add("largePictures");
  if (!bytes || !shows(bytes)) return void left.add("wrongPictures");
  return bytes;
}

/** Album takes the pictures of one conversation. They come before it. */
export class Album {
  readonly items: Picture[] = [];
  private readonly known = new Set<string>();

  constructor(private readonly left: Left, private readonly where: string, private readonly find?: Find) {}

  /** add gives the attachments that pictures become: data: addresses, or names of what lies beside the file that is read. */
  async add(addresses: string[]): Promise<Attachment[]> {
    const out: Attachment[] = [];
    for (const address of addresses) {
      const a = out.length < most ? await this.one(address) : void this.left.add("pictures");
      if (a) out.push(a);
    }
    return out;
  }

  private async one(address: string): Promise<Attachment | undefined> {
    const far = /^(?:https?:)?\//.test(address);
    const data = address.startsWith("data:") ? base64Of(address) : far ? undefined : await this.find?.(address);
    if (data === undefined && !address.startsWith("data:")) return void this.left.add(far ? "farPictures" : "pictures");
    const bytes = judge(data, this.left);
    if (!bytes || data === undefined) return undefined;
    const name = `sha256:${hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource)))}`;
    if (!this.known.has(name)) this.items.push({ type: "picture", name, data, where: this.where });
    this.known.add(name);
    const ending = bytes[0] === 0x89 ? "png" : bytes[0] === 0xff ? "jpg" : "webp";
    return { type: "image", title: `${name.slice(7, 15)}.${ending}`, url: "", text: "", blob: name };
  }
}
