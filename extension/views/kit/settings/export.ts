import type { Client } from "../../../bridge/client";
import { fault } from "../../../bridge/fault";
import type { ExportEnd } from "../../../gen/wire";
import { t } from "../../../strings";
import { save } from "../ui/save";

/** exportAll fetches everything as one file, checks that it arrived whole, and hands it to the browser to save. */
export async function exportAll(client: Pick<Client, "stream">, report: (bytes: number) => void): Promise<ExportEnd> {
  const parts: string[] = [];
  let size = 0;
  const end = await client.stream("data.export", {}, ({ text }) => {
    parts.push(text);
    size += text.length;
    report(size);
  });
  const file = new Blob(parts, { type: "application/json" });
  if ((await digest(file)) !== end.sha256) throw fault("malformed", t.settings.exportDamaged);
  save(file, `kai-export-${new Date().toISOString().slice(0, 10)}.json`);
  return end;
}

async function digest(file: Blob): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(hash)].map((b) => b.toString(16).padStart(2, "0")).join("");
}
