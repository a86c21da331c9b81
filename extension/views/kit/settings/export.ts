import type { Client } from "../../../bridge/client";
import { fault } from "../../../bridge/fault";
import type { ExportEnd } from "../../../gen/wire";
import { t } from "../../../strings";
import { save } from "../ui/save";

/** exportAll fetches everything as one file, checks that it arrived whole, and hands it to the browser to save. */
export async function exportAll(client: Pick<Client, "stream" | "call">, report: (bytes: number) => void): Promise<ExportEnd> {
  const parts: string[] = [];
  let size = 0;
  const end = await client.stream("data.export", {}, ({ text }) => {
    parts.push(text);
    size += text.length;
    report(size);
  });
  const file = new Blob(parts, { type: "application/json" });
  if ((await digest(file)) !== end.sha256) throw fault("malformed", t.settings.exportDamaged);
  save(await withPictures(client, file), `kai-export-${new Date().toISOString().slice(0, 10)}.json`);
  return end;
}

/** withPictures adds the pictures that an export names: its member "pictures" has their bytes in base64, by name. */
async function withPictures(client: Pick<Client, "call">, file: Blob): Promise<Blob> {
  const names = new Set((await file.text()).match(/(?<="blob":")sha256:[0-9a-f]{64}(?=")/g) ?? []);
  if (names.size === 0) return file;
  const parts: BlobPart[] = [file.slice(0, file.size - 2), ',"pictures":{']; // before "}" and the end of the line
  for (const name of names) {
    const { data } = await client.call("blob.get", { id: name }).catch(() => ({ data: "" })); // one that is not here is left out
    if (data) parts.push(`${parts.length > 2 ? "," : ""}\n"${name}":"${data}"`);
  }
  return new Blob([...parts, "}}\n"], { type: file.type });
}

async function digest(file: Blob): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(hash)].map((b) => b.toString(16).padStart(2, "0")).join("");
}
