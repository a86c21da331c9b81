import { Failing, synthesize, type Endpoint } from "./endpoint";

/** playAll has a server say pieces of a text one after the other: the next one is made while one is heard. */
export async function playAll(server: Endpoint & { voice?: string; rate?: number }, pieces: string[], signal: AbortSignal): Promise<void> {
  const out = new AudioContext();
  const make = (i: number) => {
    const sound = i < pieces.length ? synthesize(server, pieces[i]!, signal).then((bytes) => out.decodeAudioData(bytes).catch(() => { throw new Failing("nonsense"); })) : undefined;
    sound?.catch(() => undefined); // it is looked at when its turn comes
    return sound;
  };
  try {
    for (let i = 0, next = make(0); next; i++) {
      const sound = await next;
      next = make(i + 1);
      await heard(out, sound, signal);
    }
  } finally {
    void out.close();
  }
}

function heard(out: AudioContext, sound: AudioBuffer, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const source = out.createBufferSource();
    source.buffer = sound;
    source.connect(out.destination);
    source.onended = () => resolve();
    signal.addEventListener("abort", () => (source.stop(), reject(signal.reason as Error)), { once: true });
    source.start();
  });
}
