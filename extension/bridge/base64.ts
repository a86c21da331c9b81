const step = 0x8000; // bytes; a call takes only so many arguments

/** base64 writes bytes as envelopes carry them. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += step) text += String.fromCharCode(...bytes.subarray(at, at + step));
  return btoa(text);
}

/** base64OfFile reads a file and writes it so. */
export async function base64OfFile(file: Blob): Promise<string> {
  return base64(new Uint8Array(await file.arrayBuffer()));
}
