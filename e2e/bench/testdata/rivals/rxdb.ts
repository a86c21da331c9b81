// RxDB with the storage that is free, set up as for the figures that it publishes: four collections, one of them used.
import { createRxDatabase, type RxCollection, type RxJsonSchema } from "rxdb";
import { getRxStorageDexie } from "rxdb/plugins/storage-dexie";

export interface Document {
  id: string; var1: string; var2: number;
  deep: { deep1: string; deep2: string; deeper: { deepNr: number } };
  list: { deep1: string; deep2: string }[];
}

const text = (maxLength: number) => ({ type: "string", maxLength });
const schema: RxJsonSchema<Document> = {
  version: 0, primaryKey: "id", type: "object",
  properties: {
    id: text(12), var1: text(12), var2: { type: "number", minimum: 0, maximum: 50000, multipleOf: 1 },
    deep: { type: "object", properties: { deep1: text(10), deep2: text(10) } },
    list: { type: "array", items: { type: "object", properties: { deep1: { type: "string" }, deep2: { type: "string" } } } },
  },
  required: ["id", "var1", "var2"],
  indexes: ["var1", "var2", "deep.deep1", ["var2", "var1"]],
} as const;

export class Rx {
  private used!: RxCollection<Document>;

  /** open ends when a document is in another collection than the one that is used: then nothing is left to be set up. */
  async open(name: string, first: Document): Promise<void> {
    const storage = getRxStorageDexie({ chromeTransactionDurability: "strict" });
    const db = await createRxDatabase({ name, storage, multiInstance: false, eventReduce: true });
    const all = await db.addCollections({ a: { schema }, b: { schema }, c: { schema }, d: { schema } });
    await all.b!.insert(first);
    this.used = all.a as RxCollection<Document>;
  }

  async close(): Promise<void> { await this.used.database.close(); }
  async remove(): Promise<void> { await this.used.database.remove(); }

  async insert(documents: Document[]): Promise<void> {
    if (documents.length === 1) return void (await this.used.insert(documents[0]!));
    const { error } = await this.used.bulkInsert(documents);
    if (error.length > 0) throw new Error(`${error.length} documents were refused`);
  }

  async find(ids: string[]): Promise<number> { return (await this.used.findByIds(ids).exec()).size; }

  async query(): Promise<number> {
    return (await this.used.find({ selector: {}, sort: [{ var2: "asc" }, { var1: "asc" }] }).exec()).length;
  }
}
