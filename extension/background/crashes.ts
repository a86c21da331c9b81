// A program that ends again and again is not started again and again.

const key = "kai-crashes";
const span = 60_000; // this many ends within this time
const most = 3;
const rest = 30_000; // keep it down for this long after the last

interface Kept {
  times: number[];
  reason: string;
}

/** noteCrash remembers that the program ended by itself. */
export async function noteCrash(reason: string, now = Date.now()): Promise<void> {
  const kept = await read();
  const times = [...kept.times.filter((t) => now - t < span), now].slice(-most);
  await chrome.storage.session?.set({ [key]: { times, reason } satisfies Kept });
}

/** tooManyCrashes tells why the program is not started now; undefined when it may be. */
export async function tooManyCrashes(now = Date.now()): Promise<string | undefined> {
  const { times, reason } = await read();
  const wait = waitFor(times, now);
  if (wait <= 0) return undefined;
  return `${reason} This happened ${times.length} times in a row; kAI tries again in ${Math.ceil(wait / 1000)} s.`;
}

/** waitFor is how many milliseconds a program that ended at these times stays down. */
export function waitFor(times: readonly number[], now: number): number {
  const recent = times.filter((t) => now - t < span && t <= now);
  return recent.length < most ? 0 : Math.max(...recent) + rest - now;
}

async function read(): Promise<Kept> {
  const kept = (await chrome.storage.session?.get(key))?.[key] as Kept | undefined;
  return kept ?? { times: [], reason: "" };
}
