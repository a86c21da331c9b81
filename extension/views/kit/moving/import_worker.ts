// Reads files of other programs, so that the page stays usable meanwhile. It is ended from outside when the person cancels.
import { readFiles } from "./read/files";
import type { Incoming } from "./read/item";
import { empty, leave, tell } from "./tally";
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
  const send = async () => {
    if (batch.length === 0) return;
    const taken = new Promise<void>((next) => (told = next));
    here.postMessage({ word: "batch", records: batch });
    batch = [];
    size = 0;
    await taken;
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
      for (const record of item.records) {
        batch.push(record);
        size += sizeOf(record);
        if (batch.length >= maxGroup || size >= 8 * batchSize) await send(); // a conversation of many parts comes last: nobody sees half of it
      }
      if (batch.length >= batchRecords || size >= batchSize) await send();
    },
  }).catch(() => leave(tally, "", files[0]?.name ?? ""));
  await send();
  here.postMessage({ word: "end", tally });
}

function sizeOf({ body }: Incoming): number {
  const { text, thinking } = body as { text?: string; thinking?: string };
  return 300 + (text?.length ?? 0) + (thinking?.length ?? 0);
}
