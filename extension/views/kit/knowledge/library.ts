import { computed, signal } from "@preact/signals";
import type { LibraryDocument, LibraryFolder } from "../../../gen/wire";
import { asFault, type FaultError } from "../../../bridge/fault";
import type { App } from "../state/app";
import type { Outcome } from "./add";

const lookEvery = 1000; // milliseconds, while something is being read

/** Library is what the view knows of the documents. */
export class Library {
  readonly documents = signal<LibraryDocument[] | undefined>(undefined);
  readonly model = signal("");
  /** The documents that this browser keeps beside those of a connected kai, and the model that it has for them. */
  readonly here = signal<{ ids: Set<string>; model: string } | undefined>(undefined);
  /** The folders that kai watches; undefined without kai. */
  readonly folders = signal<LibraryFolder[] | undefined>(undefined);
  /** Why passages are looked for by their words alone. */
  readonly notice = signal("");
  readonly fault = signal<FaultError | undefined>(undefined);
  /** The names of the collections, in order. */
  readonly collections = computed(() => [...new Set((this.documents.value ?? []).map((d) => d.collection))].sort((a, b) => a.localeCompare(b)));
  /** The passage that is open to be read. */
  readonly open = signal<{ document: string; passage?: string } | undefined>(undefined);
  /** The collections chosen for a conversation and not sent yet. */
  readonly picked = signal<{ conversation: string; collections: string[] } | undefined>(undefined);
  /** The files that are being read now: how many are done, of how many. */
  readonly adding = signal<{ done: number; total: number } | undefined>(undefined);
  stopped = false;
  /** What came of the folder that was added last. */
  readonly outcome = signal<Outcome | undefined>(undefined);

  constructor(private readonly app: App) {}

  /** chosen are the collections that the open conversation is answered from. */
  readonly chosen = computed(() => {
    const picked = this.picked.value;
    if (picked?.conversation === this.app.thread.id.value) return picked.collections;
    return this.app.current.value?.knowledge ?? [];
  });

  /** load reads what there is. */
  async load(): Promise<void> {
    try {
      const got = await this.app.client.call("knowledge.list", {});
      const own = got.here?.documents ?? [];
      this.here.value = got.here && { ids: new Set(own.map((d) => d.id)), model: got.here.model ?? "" };
      this.documents.value = [...(got.documents ?? []), ...own];
      this.model.value = got.model ?? "";
      this.notice.value = got.notice ?? "";
      this.fault.value = undefined;
      const withKai = this.app.webApp || this.app.companion.peek().state === "connected";
      this.folders.value = withKai ? await this.app.client.call("knowledge.folders", {}).then((f) => f.folders, () => undefined) : undefined; // an older kai watches none
    } catch (error) {
      this.fault.value = asFault(error);
    }
  }

  /** watch reads again while documents are being indexed, and now and then while kai watches folders. It gives the way to end that. */
  watch(): () => void {
    void this.load();
    let looks = 0;
    const timer = setInterval(() => {
      const folders = this.folders.peek() ?? [];
      const busy = this.fault.peek() || folders.some((f) => f.reading) || (this.documents.peek() ?? []).some((d) => d.state === "indexing");
      if ((busy || (folders.length > 0 && ++looks % 5 === 0)) && !document.hidden) void this.load();
    }, lookEvery);
    return () => clearInterval(timer);
  }

  /** pick chooses the collections for the open conversation; they go with its next question. */
  pick(collections: string[]): void {
    this.picked.value = { conversation: this.app.thread.id.peek(), collections };
  }

  /** modelOf is the model that can make the vectors of a document now. */
  modelOf(d: LibraryDocument): string {
    const here = this.here.value;
    return here?.ids.has(d.id) ? here.model : this.model.value;
  }

  /** put takes documents as they are now. */
  put(...now: LibraryDocument[]): void {
    const placeOf = (d: LibraryDocument) => (d.source ? `${d.collection}\n${d.source}` : d.id);
    const taken = new Set(now.flatMap((d) => [d.id, placeOf(d)]));
    const rest = (this.documents.peek() ?? []).filter((d) => !taken.has(d.id) && !taken.has(placeOf(d)));
    this.documents.value = [...rest, ...now];
  }
}
