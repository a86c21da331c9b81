// The models that are kept and those on their way, and what is done with them at a view's wish.
import { Channel, type Model, type State, type Told, type Wrong } from "./contract";
import { copy, fetchWhole, most } from "./coming";
import { readHead, spelled, Unfit } from "./gguf";
import { free, Shelf, type Note } from "./shelf";

const tellEvery = 250; // ms

interface Entry {
  note: Note;
  have: number;
  wrong?: Wrong;
  stop?: AbortController;
  /** The person's own file, to go on with after a stop. */
  file?: File;
}

/** Models keeps model files. onbusy hears whether one is on its way. */
export class Models {
  private readonly shelf = new Shelf();
  private readonly channel = new BroadcastChannel(Channel);
  private readonly entries = new Map<string, Entry>();
  private readonly loaded: Promise<void>;
  private told = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly onbusy: () => void) {
    this.loaded = this.load();
  }

  /** busy tells whether a file is on its way. */
  get busy(): boolean {
    return [...this.entries.values()].some((e) => e.stop);
  }

  /** here lists the models that can be asked. */
  async here(): Promise<Model[]> {
    await this.loaded;
    return [...this.entries.values()].map(seen).filter((m) => m.state === "here");
  }

  /** file opens the file of a model. */
  file(id: string): Promise<File> {
    return this.shelf.file(id);
  }

  /** add keeps a file of the person's disk. */
  async add(file: File): Promise<void> {
    await this.loaded;
    const entry: Entry = { note: blank(nameOf(file.name), "", file.size), have: 0, file };
    this.entries.set(entry.note.id, entry);
    void this.bring(entry);
  }

  /** fetch keeps the file at an address; one that is on its way, or was stopped, goes on. */
  async fetch(address: string): Promise<void> {
    await this.loaded;
    const known = [...this.entries.values()].find((e) => e.note.address === address && !e.note.done);
    const entry = known ?? { note: blank(nameOf(new URL(address).pathname), address, 0), have: 0 };
    this.entries.set(entry.note.id, entry);
    if (!entry.stop) void this.bring(entry);
  }

  /** stop stops what is on its way; what has come stays. */
  stop(id: string): void {
    this.entries.get(id)?.stop?.abort();
  }

  /** resume goes on with what was stopped. */
  async resume(id: string): Promise<void> {
    await this.loaded;
    const entry = this.entries.get(id);
    if (entry && !entry.stop && !entry.note.done) void this.bring(entry);
  }

  /** remove takes a model, or what has come of one, off the disk. */
  async remove(id: string): Promise<void> {
    await this.loaded;
    const entry = this.entries.get(id);
    if (!entry) return;
    this.entries.delete(id);
    if (entry.stop) entry.stop.abort(); // what brings it removes it
    else await this.shelf.remove(id);
    this.tell();
  }

  /** clear removes everything. */
  async clear(): Promise<void> {
    await this.loaded;
    for (const id of [...this.entries.keys()]) await this.remove(id);
  }

  /** tell spreads how things are to the views, a few times a second at most. */
  tell(): void {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => void this.say(), Math.max(0, this.told + tellEvery - Date.now()));
  }

  private async say(): Promise<void> {
    await this.loaded;
    const room = await free();
    this.timer = undefined;
    this.told = Date.now();
    const models = [...this.entries.values()].map(seen);
    const state: State = { models, free: room, held: models.reduce((sum, m) => sum + m.have, 0) };
    this.channel.postMessage({ state } satisfies Told);
  }

  private async load(): Promise<void> {
    for (const note of await this.shelf.notes()) {
      const have = await this.shelf.size(note.id);
      if (!note.done && !note.address) await this.shelf.remove(note.id); // its file can't be gone on with: the person picks it again
      else this.entries.set(note.id, { note, have });
    }
  }

  private async bring(entry: Entry): Promise<void> {
    const { note } = entry;
    const stop = (entry.stop = new AbortController());
    delete entry.wrong;
    this.onbusy();
    this.tell();
    try {
      const tell = (have: number) => ((entry.have = have), this.tell());
      check(note);
      if (entry.file) await readHead(entry.file); // before it is copied
      await this.shelf.note(note);
      const sum = entry.file ? await copy(this.shelf, note, entry.file, tell, stop.signal) : await fetchWhole(this.shelf, note, tell, stop.signal);
      check(note);
      await this.finish(entry, sum);
    } catch (error) {
      await this.failed(entry, error, stop.signal);
    } finally {
      delete entry.stop;
      if (!this.entries.has(note.id)) await this.shelf.remove(note.id);
      this.onbusy();
      this.tell();
    }
  }

  private async finish({ note }: Entry, sum: string): Promise<void> {
    const others = [...this.entries.values()].filter((e) => e.note.done);
    const twin = others.find((e) => e.note.sha256 === sum);
    if (twin) throw new Unfit({ why: "twin", of: twin.note.name });
    const head = await readHead(await this.shelf.file(note.id));
    const { architecture, quantization, window } = head;
    const name = unlike(note.name || head.name || "model", others.map((e) => e.note.name));
    Object.assign(note, { name, architecture, quantization, window, parameters: spelled(head.parameters), sha256: sum, done: true } satisfies Partial<Note>);
    await this.shelf.note(note);
  }

  // What can't become a model does not stay; what was cut or stopped can be gone on with.
  private async failed(entry: Entry, error: unknown, signal: AbortSignal): Promise<void> {
    const { note } = entry;
    entry.have = await this.shelf.size(note.id);
    if (signal.aborted) {
      if (entry.file) this.entries.delete(note.id);
      return;
    }
    entry.wrong = error instanceof Unfit ? error.wrong : { why: "not_kept" };
    if (!(error instanceof Unfit)) console.error("kAI: a model file could not be kept:", error);
    if (entry.wrong.why === "cut" || entry.wrong.why === "no_room") return;
    await this.shelf.remove(note.id);
    entry.have = 0;
  }
}

function check({ name, size }: Note): void {
  const piece = /-\d{5}-of-(\d{5})$/.exec(name);
  if (piece) throw new Unfit({ why: "split", parts: Number(piece[1]) });
  if (size > most) throw new Unfit({ why: "too_large", size, most });
}

function seen({ note, have, wrong, stop }: Entry): Model {
  const { done, tag: _, ...rest } = note;
  return { ...rest, have, state: done ? "here" : stop ? "coming" : "stopped", ...(wrong && { wrong }) };
}

function blank(name: string, address: string, size: number): Note {
  return { id: crypto.randomUUID(), name, address, size, sha256: "", architecture: "", parameters: "", quantization: "", window: 0, done: false, tag: "" };
}

function nameOf(path: string): string {
  const last = path.split("/").pop() ?? "";
  return decoded(last).replace(/\.gguf$/i, "").replace(/[^\p{L}\p{N} ._:+-]/gu, "_").slice(0, 100);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Models are asked by their names.
function unlike(name: string, others: string[]): string {
  for (let n = 1; ; n++) {
    const next = n === 1 ? name : `${name} (${n})`;
    if (!others.includes(next)) return next;
  }
}
