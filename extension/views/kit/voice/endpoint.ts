// Speech at a server of the person's own, by OpenAI's API: /v1/audio/transcriptions and /v1/audio/speech
// (https://platform.openai.com/docs/api-reference/audio), which whisper.cpp, Speaches, LocalAI and others speak too.

/** Endpoint is such a server, and the model of it that is asked. */
export interface Endpoint {
  url: string;
  model?: string;
}

/**
 * Failure is why a server did not help: nobody answers, it wants a key, knows no such address or model, refuses for another reason,
 * breaks off, or says what is not understood.
 */
export type Failure = "unreachable" | "key" | "missing" | "status" | "cut" | "nonsense";

/** Failing tells of one. */
export class Failing extends Error {
  constructor(readonly why: Failure, readonly status = 0) {
    super(why);
  }
}

const patience = 120_000; // ms; a slow computer takes long for a long speech
const most = { text: 64 << 10, sound: 32 << 20 }; // bytes

/** transcribe gives what is said in a recording. */
export async function transcribe(server: Endpoint, sound: Blob, signal: AbortSignal): Promise<string> {
  const form = new FormData();
  form.set("file", sound, `speech.${/mp4/.test(sound.type) ? "mp4" : /ogg/.test(sound.type) ? "ogg" : "webm"}`);
  form.set("model", server.model || "whisper-1");
  form.set("response_format", "json");
  const answer = await post(server, "/audio/transcriptions", { body: form }, signal);
  const said = parsed(await (await body(answer, most.text, signal)).text());
  if (typeof said !== "object" || said === null || !("text" in said) || typeof said.text !== "string") throw new Failing("nonsense");
  return said.text.trim();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Servers that have no coder for MP3, by address: many call ffmpeg for it, which is not always there. WAV they all make.
const plain = new Set<string>();
const noSuchFormat = [400, 415, 422, 500, 501];

/** synthesize gives the sound of a text. */
export async function synthesize(server: Endpoint & { voice?: string; rate?: number }, text: string, signal: AbortSignal): Promise<ArrayBuffer> {
  const ask = (format: "mp3" | "wav") => {
    const asked = { model: server.model || "tts-1", input: text, voice: server.voice || "alloy", response_format: format, speed: server.rate ?? 1 };
    return post(server, "/audio/speech", { body: JSON.stringify(asked), headers: { "content-type": "application/json" } }, signal);
  };
  const answer = plain.has(server.url) ? await ask("wav") : await ask("mp3").catch(async (error: unknown) => {
    if (!(error instanceof Failing && noSuchFormat.includes(error.status))) throw error;
    const sound = await ask("wav");
    plain.add(server.url);
    return sound;
  });
  if (/^(?:text|application\/json)/.test(answer.headers.get("content-type") ?? "")) throw new Failing("nonsense");
  return (await body(answer, most.sound, signal)).arrayBuffer();
}

const reasons: Record<number, Failure> = { 401: "key", 403: "key", 404: "missing" };

async function post({ url }: Endpoint, path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(base(url) + path, {
    ...init, method: "POST", credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
  }).catch((error: unknown) => {
    throw signal.aborted ? error : new Failing("unreachable");
  });
  if (!answer.ok) throw new Failing(reasons[answer.status] ?? "status", answer.status);
  return answer;
}

async function body(answer: Response, limit: number, signal: AbortSignal): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = answer.body!.getReader();
  const read = () => reader.read().catch((error: unknown) => {
    throw signal.aborted ? error : new Failing("cut");
  });
  for (let part = await read(); !part.done; part = await read()) {
    if ((size += part.value.length) > limit) {
      void reader.cancel();
      throw new Failing("nonsense");
    }
    parts.push(part.value as Uint8Array<ArrayBuffer>);
  }
  return new Blob(parts);
}

/** base is an address with the version of the API at its end, given with or without it. */
export function base(url: string): string {
  const bare = url.trim().replace(/\/+$/, "");
  return /\/v\d+[a-z0-9]*$/.test(bare) ? bare : `${bare}/v1`;
}

/** usable tells whether an address can be asked. */
export function usable(url: string): boolean {
  return URL.canParse(url.trim()) && /^https?:$/.test(new URL(url.trim()).protocol);
}
