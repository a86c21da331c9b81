// Reads files of other programs, so that the page stays usable meanwhile. It is ended from outside when the person cancels.
import type { Message } from "../../../gen/wire";
import { readFiles } from "./read/files";
import type { Incoming } from "./read/item";
import { empty, tell } from "./tally";
import type { Order, Word } from "./words";

const batchRecords = 400;
const batchSize = 512 << 10; // characters
const maxGroup = 4000; // records that are written as a whole

const here = self as unknown as { onmessage: (e: MessageEvent<Order>) => void; postMessage(word: Word): void };
let told = () => {};

here.onmessage = ({ data }) => {
  if (data === "next") told();
  else void read(data.files, data.bring);
};

async function read(files: File[], bring: boolean): Promise<void> {
  const tally = empty();
  const total = files.reduce((sum, f) => sum + f.size, 0);
  let batch: Incoming[] = [];
  let size = 0, last = 0;
  const give = (word: Word) => {
    const taken = new Promise<void>((next) => (told = next));
    here.postMessage(word);
    return taken;
  };
  const send = async () => {
    if (batch.length === 0) return;
    const records = batch;
    batch = [];
    size = 0;
    await give({ word: "batch", records });
  };
  await readFiles(files, {
    source: (name) => tally.sources.includes(name) || tally.sources.push(name),
    progress: (bytes) => {
      if (bytes < total && Date.now() - last < 100) return;
      last = Date.now();
      here.postMessage({ word: "progress", bytes, total, conversations: tally.kinds.conversation ?? 0 });
    },
    item: async (item) => {
      tell(tally, item);
      if (!bring || item.type === "left") return;
      if (item.type !== "records") return give({ word: "one", item });
      for (const record of item.records) {
        batch.push(record);
        size += sizeOf(record);
        if (batch.length >= maxGroup || size >= 8 * batchSize) await send(); // a conversation of many parts comes last: nobody sees half of it
      }
      if (batch.length >= batchRecords || size >= batchSize) await send();
    },
  });
  await send();
  here.postMessage({ word: "end", tally });
}

function sizeOf({ body }: Incoming): number {
  const { text = "", thinking = "", attachments = [] } = body as Partial<Message>;
  return attachments.reduce((sum, a) => sum + a.text.length, 300 + text.length + thinking.length);
}
