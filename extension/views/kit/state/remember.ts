// What a view keeps for itself between openings. None of it is truth: losing it loses comfort, never a record.

const fresh = 4 * 60 * 60 * 1000;
const draftPrefix = "kai-draft:";

/** snapshotKey is where a view keeps what the next one paints before kAI answers. */
export const snapshotKey = "kai-snapshot";

/** startThread tells which conversation a view opens with: the one in the address, else the one it had open lately. */
export function startThread(context: string, hash: string, now: number): string | undefined {
  const named = /^#\/c\/([\w-]+)/.exec(hash)?.[1];
  if (named) return named;
  if (/^#\/new\b/.test(hash)) return "";
  const kept = read<{ id?: string; at?: number }>(`kai-open:${context}`);
  if (typeof kept?.id === "string" && typeof kept.at === "number" && now - kept.at < fresh) return kept.id;
  return undefined;
}

/** keepThread remembers what is open. */
export function keepThread(context: string, id: string, now: number): void {
  write(`kai-open:${context}`, { id, at: now });
}

/** readDraft gives what was typed into a conversation and not sent. */
export function readDraft(conversation: string): string {
  const draft = read<{ text?: string }>(draftPrefix + (conversation || "new"));
  return typeof draft?.text === "string" ? draft.text : "";
}

/** keepDraft remembers what is typed; nothing typed is forgotten. */
export function keepDraft(conversation: string, text: string): void {
  const key = draftPrefix + (conversation || "new");
  if (text) write(key, { text });
  else remove(key);
}

/** forgetSnapshot drops what a view would paint before kAI answers. */
export function forgetSnapshot(): void {
  remove(snapshotKey);
}

/** forgetDrafts drops every draft. */
export function forgetDrafts(): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(draftPrefix)) localStorage.removeItem(key);
  } catch {
    return; // storage is refused: there is nothing to forget
  }
}

/** read gives what is kept under a key, or nothing when it is not there, not readable or not allowed. */
export function read<T>(key: string): T | undefined {
  try {
    const text = localStorage.getItem(key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

/** write keeps a value; where storage is refused it is simply not kept. */
export function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    return;
  }
}

/** remove drops what is kept under a key. */
export function remove(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    return;
  }
}
