import { signal, type Signal } from "@preact/signals";
import type { Client } from "../../../bridge/client";
import { AnswerTokens, BytesPerToken, MaxContext, PictureTokens, TurnTokens, type Conversation, type ServiceModel, type Settings } from "../../../gen/wire";
import type { Choice } from "./models";
import type { Turn } from "./path";

/** Room is how full the model's context window is, and which turn is the first that it reads. */
export interface Room {
  percent: number;
  cut: number;
}

const encoder = new TextEncoder();

/** Words are what goes to the model beside what is read in the conversation: instructions, and what stands before each question. */
export interface Words {
  system: string;
  prefix: string;
}

/** wordsOf puts them together as the assistant does: those of the settings hold where the conversation has none, of its own or of a persona. */
export function wordsOf(c: Pick<Conversation, "systemPrompt" | "injected" | "prefix" | "summary">, settings: Settings): Words {
  const own = [c.injected, c.systemPrompt].filter(Boolean).join("\n\n").trim() || settings.systemPrompt || "";
  return { system: c.summary ? `${own}\n\n${c.summary.text}` : own, prefix: c.prefix ? `${c.prefix}\n\n` : "" };
}

/** summed counts the turns, from the oldest, that a conversation's summary stands for; another branch's stands for none. */
export function summed(turns: Turn[], summary: Conversation["summary"]): number {
  const upto = summary ? turns.findIndex((turn) => turn.entry.id === summary.upto) : -1;
  return upto === turns.length - 1 ? 0 : upto + 1;
}

/** roomIn counts as the assistant does when it makes the prompt: tokens are taken as bytes, the oldest turns are left out. */
export function roomIn(turns: Turn[], { system, prefix }: Words, context: number): Room {
  const limit = Math.min(context, MaxContext) - AnswerTokens - tokens(system);
  const before = bytes(prefix);
  const sizes = turns.map((turn) => sizeOf(turn, before));
  let total = sizes.reduce((sum, size) => sum + size, 0);
  const percent = Math.round((100 * total) / limit);
  let cut = 0;
  while (cut < turns.length - 1 && (total > limit || (cut > 0 && roleOf(turns[cut]!) !== "user"))) total -= sizes[cut++]!;
  return { percent, cut };
}

const worthAsking = 512; // characters: less fills no usual window by half

/** isLong says whether a conversation is so long that the model's window begins to matter. It costs less than to count. */
export function isLong(turns: Turn[], persona = ""): boolean {
  let length = persona.length;
  return turns.some(({ entry }) => {
    length += entry.text.peek().length;
    for (const a of entry.message.value.attachments ?? []) length += a.text.length;
    return length >= worthAsking;
  });
}

const roleOf = (turn: Turn) => turn.entry.message.peek().role;

const bytes = (text: string) => encoder.encode(text).length;
const inTokens = (bytes: number) => Math.floor(bytes / BytesPerToken) + TurnTokens;
const tokens = (text: string) => inTokens(bytes(text));

function sizeOf({ entry }: Turn, before: number): number {
  const { role, attachments } = entry.message.value;
  if (role === "assistant" && !entry.text.peek().trim()) return 0;
  const own = inTokens(entry.bytes.peek() + (role === "user" ? before : 0));
  return (attachments ?? []).reduce((sum, a) => sum + (a.type === "image" ? PictureTokens : tokens(a.text)), own);
}

/** Contexts knows how many tokens models read, and which of them see. Each is asked for once, when it is first looked at. */
export class Contexts {
  private readonly known = new Map<string, Signal<ServiceModel | undefined>>();

  constructor(private readonly client: Pick<Client, "call">) {}

  /** of is a model's context window in tokens; 0 while that is not known. */
  of(choice: Choice): number {
    return this.model(choice)?.context ?? 0;
  }

  /** sees says whether a model takes pictures. One that does not say, or is not known yet, may. */
  sees(choice: Choice): boolean {
    const can = this.model(choice)?.capabilities ?? [];
    return can.length === 0 || can.includes("vision");
  }

  private model({ service, model }: Choice): ServiceModel | undefined {
    const key = `${service}\n${model}`;
    let known = this.known.get(key);
    if (!known) {
      known = signal(undefined);
      this.known.set(key, known);
      void this.ask(key, known, { service, model });
    }
    return known.value;
  }

  private async ask(key: string, known: Signal<ServiceModel | undefined>, choice: Choice): Promise<void> {
    try {
      known.value = await this.client.call("model.show", choice);
    } catch {
      this.known.delete(key); // asked again when it is looked at again
    }
  }
}
