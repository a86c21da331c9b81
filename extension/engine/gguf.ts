// Reads what the head of a GGUF file says, and judges by it whether the file is whole. The format: ggml-org/ggml, docs/gguf.md.
import type { Wrong } from "./contract";

/** Head is what the head of a model file says. */
export interface Head {
  architecture: string;
  name: string;
  window: number;
  quantization: string;
  parameters: number;
}

/** Unfit is a file that can't be used. */
export class Unfit extends Error {
  constructor(readonly wrong: Wrong) {
    super(wrong.why);
  }
}

const most = { entries: 100_000, text: 64 << 20, kept: 4096, array: 16 << 20, dimensions: 8 };
const block = 1 << 20; // bytes that are read at a time

// Values of one element and bytes, by the number of a type of tensors. A number that is not here is of a newer format.
const types: Record<number, [number, number]> = {
  0: [1, 4], 1: [1, 2], 2: [32, 18], 3: [32, 20], 6: [32, 22], 7: [32, 24], 8: [32, 34], 9: [32, 36], 10: [256, 84], 11: [256, 110],
  12: [256, 144], 13: [256, 176], 14: [256, 210], 15: [256, 292], 16: [256, 66], 17: [256, 74], 18: [256, 98], 19: [256, 50], 20: [32, 18],
  21: [256, 110], 22: [256, 82], 23: [256, 136], 24: [1, 1], 25: [1, 2], 26: [1, 4], 27: [1, 8], 28: [1, 8], 29: [256, 56], 30: [1, 2],
  34: [256, 54], 35: [256, 66], 39: [32, 17],
};

const quantizations: Record<number, string> = {
  0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S",
  15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 24: "IQ1_S", 25: "IQ4_NL", 30: "IQ4_XS", 32: "BF16", 38: "MXFP4",
};

// The entries that are asked for.
const asked = /^general\.(?:architecture|name|file_type|alignment)$|^split\.count$|^[\w-]+\.context_length$/;

// Those that make vectors of texts, and those that are a part of another model.
const embedding = /bert|^t5encoder$|embed/i;
const parts = new Set(["clip", "mmproj"]);

/** readHead reads the head of a file, or throws Unfit. */
export async function readHead(file: Blob): Promise<Head> {
  const r = new Reader(file);
  if (file.size < 4 || (await r.u32()) !== 0x46554747) throw new Unfit({ why: "not_gguf" }); // "GGUF"
  const version = await r.u32();
  if (version < 2 || version > 3) throw new Unfit({ why: "not_gguf" });
  const tensors = await r.count(most.entries);
  const entries = await r.count(most.entries);
  const values = new Map<string, unknown>();
  for (let i = 0; i < entries; i++) {
    const key = await r.text();
    const value = await r.value(await r.u32());
    if (asked.test(key)) values.set(key, value);
  }
  const head = headOf(values);
  await measure(r, tensors, number(values, "general.alignment") || 32, head, file.size);
  return head;
}

function headOf(values: Map<string, unknown>): Head {
  const architecture = text(values, "general.architecture");
  const pieces = number(values, "split.count");
  if (pieces > 1) throw new Unfit({ why: "split", parts: pieces });
  if (parts.has(architecture)) throw new Unfit({ why: "part" });
  if (embedding.test(architecture)) throw new Unfit({ why: "no_answers" });
  return {
    architecture,
    name: text(values, "general.name"),
    window: number(values, `${architecture}.context_length`),
    quantization: quantizations[number(values, "general.file_type")] ?? "",
    parameters: 0,
  };
}

// The tensors follow the head; the one that ends last says how long the whole file is.
async function measure(r: Reader, tensors: number, alignment: number, head: Head, size: number): Promise<void> {
  let end = 0;
  for (let i = 0; i < tensors; i++) {
    await r.text();
    const dimensions = await r.u32();
    if (dimensions > most.dimensions) throw new Unfit({ why: "not_gguf" });
    let elements = 1;
    for (let d = 0; d < dimensions; d++) elements *= await r.u64();
    const [values, bytes] = types[await r.u32()] ?? [1, 0];
    end = Math.max(end, (await r.u64()) + Math.ceil(elements / values) * bytes);
    head.parameters += elements;
  }
  const want = Math.ceil(r.at / alignment) * alignment + end;
  if (!(want <= size)) throw new Unfit({ why: "truncated", have: size, want });
}

function text(values: Map<string, unknown>, key: string): string {
  const value = values.get(key);
  return typeof value === "string" ? value.slice(0, 200) : "";
}

function number(values: Map<string, unknown>, key: string): number {
  const value = values.get(key);
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** spelled writes how many parameters there are, as people name models: 135M, 1.7B. */
export function spelled(parameters: number): string {
  if (parameters >= 999.5e6) return `${(parameters / 1e9).toFixed(1).replace(/\.0$/, "")}B`;
  return parameters >= 1e6 ? `${Math.round(parameters / 1e6)}M` : "";
}

// Sizes of the plain types of values, by number: the text and the list are none of them.
const plain: Record<number, number> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };

// Reader reads a file from its beginning, a block at a time.
class Reader {
  at = 0;
  private start = 0;
  private view = new DataView(new ArrayBuffer(0));

  constructor(private readonly file: Blob) {}

  async u32(): Promise<number> {
    return (await this.take(4)).getUint32(0, true);
  }

  async u64(): Promise<number> {
    return Number((await this.take(8)).getBigUint64(0, true));
  }

  async count(limit: number): Promise<number> {
    const n = await this.u64();
    if (n > limit) throw new Unfit({ why: "not_gguf" });
    return n;
  }

  async text(): Promise<string> {
    const n = await this.count(most.text);
    const view = await this.take(Math.min(n, most.kept)); // names are short, and a template is not needed
    this.skip(n - view.byteLength);
    return new TextDecoder().decode(view);
  }

  async value(type: number): Promise<unknown> {
    if (type === 8) return this.text();
    if (type === 9) return this.skipList();
    const size = plain[type];
    if (!size) throw new Unfit({ why: "not_gguf" });
    const view = await this.take(size);
    switch (type) {
      case 4: return view.getUint32(0, true);
      case 5: return view.getInt32(0, true);
      case 6: return view.getFloat32(0, true);
      case 10: return Number(view.getBigUint64(0, true));
      default: return view.getUint8(0); // none of the others is asked for
    }
  }

  // No list matters here: words and their scores.
  private async skipList(): Promise<undefined> {
    const type = await this.u32();
    const n = await this.count(most.array);
    const size = plain[type];
    if (size) this.skip(n * size);
    else if (type === 8) for (let i = 0; i < n; i++) this.skip(await this.count(most.text));
    else throw new Unfit({ why: "not_gguf" });
  }

  private skip(n: number): void {
    this.at += n;
  }

  private async take(n: number): Promise<DataView> {
    if (this.at + n > this.file.size) throw new Unfit({ why: "truncated", have: this.file.size, want: this.at + n });
    if (this.at < this.start || this.at + n > this.start + this.view.byteLength) {
      this.start = this.at;
      this.view = new DataView(await this.file.slice(this.at, this.at + Math.max(n, block)).arrayBuffer());
    }
    const view = new DataView(this.view.buffer, this.at - this.start, n);
    this.at += n;
    return view;
  }
}
