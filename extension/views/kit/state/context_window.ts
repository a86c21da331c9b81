import { signal, type Signal } from "@preact/signals";
import type { Client } from "../../../bridge/client";
import { AnswerTokens, BytesPerToken, MaxContext, TurnTokens } from "../../../gen/wire";
import type { Choice } from "./models";
import type { Turn } from "./path";

/** Room is how full the model's context window is, and which turn is the first that it reads. */
export interface Room {
  percent: number;
  cut: number;
}

const encoder = new TextEncoder();

/** roomIn counts as the assistant does when it makes the prompt: tokens are taken as bytes, the oldest turns are left out. */
export function roomIn(turns: Turn[], systemPrompt: string, context: number): Room {
  const limit = Math.min(context, MaxContext) - AnswerTokens - tokens(systemPrompt);
  const sizes = turns.map(sizeOf);
  let total = sizes.reduce((sum, size) => sum + size, 0);
  const percent = Math.round((100 * total) / limit);
  let cut = 0;
  while (cut < turns.length - 1 && (total > limit || (cut > 0 && roleOf(turns[cut]!) !== "user"))) total -= sizes[cut++]!;
  return { percent, cut };
}

const worthAsking = 512; // characters: less fills no usual window by half

/** isLong says whether a conversation is so long that the model's window begins to matter. It costs less than to count. */
export function isLong(turns: Turn[]): boolean {
  let length = 0;
  return turns.some(({ entry }) => {
    length += entry.text.peek().length;
    for (const a of entry.message.value.attachments ?? []) length += a.text.length;
    return length >= worthAsking;
  });
}

const roleOf = (turn: Turn) => turn.entry.message.peek().role;

const tokens = (text: string) => Math.floor(encoder.encode(text).length / BytesPerToken) + TurnTokens;

function sizeOf({ entry }: Turn): number {
  const { role, attachments } = entry.message.value;
  const text = entry.text.peek();
  if (role === "assistant" && !text.trim()) return 0;
  return (attachments ?? []).reduce((sum, a) => sum + tokens(a.text), tokens(text));
}

/** Contexts knows how many tokens models read. Each is asked for once, when it is first looked at. */
export class Contexts {
  private readonly known = new Map<string, Signal<number>>();

  constructor(private readonly client: Pick<Client, "call">) {}

  /** of is a model's context window in tokens; 0 while that is not known. */
  of({ service, model }: Choice): number {
    const key = `${service}\n${model}`;
    let size = this.known.get(key);
    if (!size) {
      size = signal(0);
      this.known.set(key, size);
      void this.ask(key, size, { service, model });
    }
    return size.value;
  }

  private async ask(key: string, size: Signal<number>, choice: Choice): Promise<void> {
    try {
      size.value = (await this.client.call("model.show", choice)).context ?? 0;
    } catch {
      this.known.delete(key); // asked again when it is looked at again
    }
  }
}
