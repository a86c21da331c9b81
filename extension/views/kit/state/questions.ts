// What was asked while kai was away. It is kept in this browser, for all of its tabs, and asked once kai is back.
import { signal } from "@preact/signals";
import { asFault } from "../../../bridge/fault";
import type { App } from "./app";
import { read, write } from "./remember";

const key = "kai-questions";

/** Question is one that waits. Without a conversation it begins a new one. */
export interface Question {
  id: string;
  conversation: string;
  text: string;
}

/** questions are those that wait, in order. */
export const questions = signal<Question[]>(kept());

/** waitFor keeps a question for when kai is back; false where one waits in the same conversation already. */
export function waitFor(conversation: string, text: string): boolean {
  const all = kept();
  if (conversation && all.some((q) => q.conversation === conversation)) return false;
  keep([...all, { id: crypto.randomUUID(), conversation, text }]);
  return true;
}

/** takeBack gives up waiting for a question. */
export function takeBack(id: string): void {
  keep(kept().filter((q) => q.id !== id));
}

/** followQuestions hears of what other tabs let wait. */
export function followQuestions(): void {
  addEventListener("storage", (event) => event.key === key && (questions.value = kept()));
}

/** askWaiting asks what waits. Of several tabs one does; what did not get through goes on waiting. */
export async function askWaiting(app: App): Promise<void> {
  if (kept().length === 0) return;
  await navigator.locks.request(key, async () => {
    for (const q of kept()) await app.attempt(ask(app, q));
  });
}

async function ask(app: App, q: Question): Promise<void> {
  const send = (conversation?: string) => app.client.call("message.send", { conversation, text: q.text, attachments: [], context: app.context, tools: true });
  const sent = await send(q.conversation || undefined).catch((error: unknown) => {
    if (asFault(error).code === "not_found" && q.conversation) return send(); // it was deleted meanwhile
    throw error;
  });
  takeBack(q.id);
  app.put(sent.conversation);
  if (app.thread.id.peek() === "" && q.conversation === "") app.open(sent.conversation.id);
}

function keep(all: Question[]): void {
  write(key, all);
  questions.value = all;
}

function kept(): Question[] {
  const all = read<Question[]>(key);
  return Array.isArray(all) ? all : [];
}
