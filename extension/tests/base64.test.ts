// How bytes are written as envelopes carry them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { base64, base64OfFile } from "../bridge/base64";

test("bytes of any length are written as Node writes them, also more than a call takes as arguments", async () => {
  for (const length of [0, 1, 2, 3, 0x7fff, 0x8000, 0x8001, 300_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);
    const want = Buffer.from(bytes).toString("base64");
    assert.ok(base64(bytes) === want, `${length} bytes`);
    assert.ok((await base64OfFile(new Blob([bytes]))) === want, `a file of ${length} bytes`);
  }
});
