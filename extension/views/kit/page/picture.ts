import { t } from "../../../strings";

/** Prepared is a picture as it is sent, or why it is none. */
export type Prepared = { picture: Blob; name: string } | { refusal: string };

const longest = 1568; // pixels of the long side: what vision models read; more costs time and tokens
const mostBytes = 30 << 20; // of a file that is looked at
const mostKept = 3 << 20; // of a PNG or WebP that is sent; larger ones become JPEG
const types: [string, (b: Uint8Array) => boolean][] = [
  ["image/png", (b) => b[0] === 0x89 && b[1] === 0x50 && b[2] === 0x4e && b[3] === 0x47],
  ["image/jpeg", (b) => b[0] === 0xff && b[1] === 0xd8 && b[2] === 0xff],
  ["image/webp", (b) => text(b, 0) === "RIFF" && text(b, 8) === "WEBP"],
];

const text = (b: Uint8Array, at: number) => String.fromCharCode(...b.slice(at, at + 4));

/** typeOf reads what a file is from its first bytes; its name and type may say anything. */
export async function typeOf(file: Blob): Promise<string | undefined> {
  const start = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  return types.find(([, is]) => is(start))?.[0];
}

/** prepare makes a file a picture that models read: PNG, JPEG or WebP, at most 1568 pixels long. */
export async function prepare(file: Blob, name: string): Promise<Prepared> {
  if (file.size > mostBytes) return { refusal: t.picture.large(name, mostBytes) };
  const type = await typeOf(file);
  if (!type) return { refusal: t.picture.wrong(name) };
  let image: ImageBitmap;
  try {
    image = await createImageBitmap(file);
  } catch {
    return { refusal: t.picture.wrong(name) };
  }
  try {
    const scale = longest / Math.max(image.width, image.height);
    if (scale >= 1 && file.size <= mostKept) return { picture: file.slice(0, file.size, type), name };
    const drawn = await draw(image, Math.min(scale, 1), type);
    return { picture: drawn.size <= mostKept ? drawn : await draw(image, Math.min(scale, 1), "image/jpeg"), name };
  } finally {
    image.close();
  }
}

async function draw(image: ImageBitmap, scale: number, type: string): Promise<Blob> {
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(image.width * scale)), Math.max(1, Math.round(image.height * scale)));
  const context = canvas.getContext("2d")!;
  if (type === "image/jpeg") { // it has no transparency: what is seen through is white, as on paper
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type, quality: 0.85 });
}

/** captureVisible takes a picture of what is seen of the page in front. The browser allows it on pages where the person called kAI. */
export async function captureVisible(): Promise<Prepared> {
  try {
    const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
    const url = await chrome.tabs.captureVisibleTab({ format: "png" });
    return await prepare(await (await fetch(url)).blob(), t.picture.seen(tab?.title || t.picture.pasted));
  } catch {
    return { refusal: t.picture.notCaptured };
  }
}
