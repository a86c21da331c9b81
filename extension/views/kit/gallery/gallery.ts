import { signal } from "@preact/signals";
import { asFault, type FaultError } from "../../../bridge/fault";
import type { GalleryImage, GalleryMaking, GalleryRecipe, GalleryService } from "../../../gen/wire";
import { t } from "../../../strings";
import type { App } from "../state/app";
import { Pictures } from "../state/pictures";

const lookEvery = 1000; // milliseconds, while something is being made

/** Gallery is what the view knows of the pictures that services make. */
export class Gallery {
  readonly images = signal<GalleryImage[] | undefined>(undefined);
  readonly making = signal<GalleryMaking[]>([]);
  readonly services = signal<GalleryService[] | undefined>(undefined);
  readonly fault = signal<FaultError | undefined>(undefined);
  /** Whether there are older pictures than those read. */
  readonly more = signal("");

  /** The pictures themselves, by the id of their image: kai has them, also where a browser has an assistant of its own. */
  readonly pictures: Pictures;

  constructor(private readonly app: App) {
    this.pictures = new Pictures({ call: ((_: string, by: { id: string }) => app.client.call("images.content", by)) as App["client"]["call"] });
  }

  /** load reads the newest pictures, and keeps older ones that were read before. */
  async load(): Promise<void> {
    try {
      const got = await this.app.client.call("images.list", {});
      const oldest = got.images.at(-1)?.id ?? "";
      const known = (this.images.peek() ?? []).filter((i) => got.next && i.id < oldest);
      if (known.length === 0) this.more.value = got.next ?? "";
      this.images.value = [...got.images, ...known];
      this.making.value = got.making;
      this.fault.value = undefined;
    } catch (error) {
      this.fault.value = asFault(error);
    }
  }

  /** loadMore reads the next page of older pictures. */
  async loadMore(): Promise<void> {
    const after = this.more.peek();
    if (!after) return;
    await this.app.attempt(this.app.client.call("images.list", { after }).then((got) => {
      this.images.value = [...(this.images.peek() ?? []), ...got.images];
      this.more.value = got.next ?? "";
    }));
  }

  /** look asks what the services have. */
  async look(): Promise<void> {
    try {
      this.services.value = (await this.app.client.call("images.services", {})).services;
    } catch {
      this.services.value = undefined; // load tells what is wrong
    }
  }

  /** watch reads again while pictures are being made, or kai is away. It gives the way to end that. */
  watch(): () => void {
    void this.load();
    void this.look();
    const timer = setInterval(() => {
      if (document.hidden) return;
      if (this.fault.peek()) void this.look();
      if (this.fault.peek() || this.making.peek().some((m) => m.state !== "failed")) void this.load();
    }, lookEvery);
    return () => clearInterval(timer);
  }

  /** make has a picture made. */
  async make(recipe: GalleryRecipe): Promise<boolean> {
    return this.app.attempt(this.app.client.call("images.make", recipe).then(() => this.load()));
  }

  /** vary makes the same with another seed. */
  async vary({ seed: _, ...recipe }: GalleryRecipe): Promise<void> {
    await this.make(recipe);
  }

  async cancel(m: GalleryMaking): Promise<void> {
    await this.app.attempt(this.app.client.call("images.cancel", { task: m.task }).then(() => this.load()));
  }

  async retry(m: GalleryMaking): Promise<void> {
    await this.app.attempt(this.app.client.call("images.retry", { task: m.task }).then(() => this.load()));
  }

  /** remove takes a picture away and offers to bring it back. */
  async remove(i: GalleryImage): Promise<void> {
    const set = (removed: boolean) => this.app.attempt(this.app.client.call("images.set", { id: i.id, removed }).then(() => this.load()));
    if (!(await set(true))) return;
    this.app.notices.show(t.gallery.removed, { label: t.list.undo, run: () => void set(false) });
  }
}

/** recipeOf leaves of a picture what it was made by. */
export function recipeOf({ id: _, blob: __, created: ___, trashed: ____, ...recipe }: GalleryImage): GalleryRecipe {
  return recipe;
}
