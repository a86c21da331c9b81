import { signal, type ReadonlySignal } from "@preact/signals";
import { asFault, type FaultError } from "../../../bridge/fault";
import type { GalleryImage, GalleryMaking, GalleryRecipe, GalleryService, GalleryWorkflow } from "../../../gen/wire";
import { t } from "../../../strings";
import type { App } from "../state/app";
import { Pictures } from "../state/pictures";
import { beginning, blank, draftOf, type Draft } from "./draft";

const lookEvery = 1000; // milliseconds, while something is being made

/** Gallery is what the view knows of the pictures that services make. */
export class Gallery {
  readonly images = signal<GalleryImage[] | undefined>(undefined);
  readonly making = signal<GalleryMaking[]>([]);
  readonly services = signal<GalleryService[] | undefined>(undefined);
  readonly fault = signal<FaultError | undefined>(undefined);
  /** What is typed of the next picture. */
  readonly draft = signal<Draft>(blank());
  /** How often a picture's button filled the draft in. */
  readonly asked = signal(0);
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

  /** shown is where a picture can be shown from; see Pictures.url. */
  shown(i: GalleryImage): ReadonlySignal<string | undefined> {
    return this.pictures.url({ type: "image", title: i.prompt, url: "", text: "", blob: i.id });
  }

  /** begin drafts a picture that begins from another one. */
  begin(i: GalleryImage): void {
    this.fill(beginning(i));
  }

  /** reuse drafts a picture with the words and settings of another one, which need not have come about. */
  reuse(i: GalleryRecipe): void {
    this.fill(draftOf(i, this.images.peek()?.find((other) => other.id === i.from)));
  }

  private fill(d: Draft): void {
    this.draft.value = d;
    this.asked.value += 1;
  }

  /** addWorkflow keeps a workflow, and chooses it for the next picture. */
  async addWorkflow(w: GalleryWorkflow): Promise<void> {
    await this.put(w);
    this.draft.value = { ...this.draft.peek(), workflow: w.id };
  }

  private async put(w: GalleryWorkflow): Promise<void> {
    await this.app.client.call("images.workflows.put", w);
    await this.look();
  }

  /** removeWorkflow takes a workflow away and offers to put it back. */
  async removeWorkflow({ id, name }: GalleryWorkflow): Promise<void> {
    let was: GalleryWorkflow | undefined;
    const gone = await this.app.attempt(this.app.client.call("images.workflows.remove", { id }).then(async (w) => {
      was = w;
      await this.look();
    }));
    if (!gone || !was) return;
    const back = was;
    this.app.notices.show(t.gallery.workflowRemoved(name), { label: t.list.undo, run: () => void this.app.attempt(this.put(back)) });
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
