// Puts a question in Ollama's shape into llama.cpp's, and the answer back.
import type { ChatCompletionChunk, ChatCompletionParams } from "@wllama/wllama";

interface OllamaMessage {
  role: string;
  content: string;
  images?: string[];
  tool_calls?: { id?: string; function: { name: string; arguments: unknown } }[];
  tool_call_id?: string;
}

/** Question is the body of /api/chat as kAI's connector writes it (shared/service/ollama). */
export interface Question {
  model: string;
  messages: OllamaMessage[];
  tools?: unknown[];
  format?: unknown;
  think?: boolean;
  keep_alive?: number | string;
  options?: { num_ctx?: number; num_predict?: number; temperature?: number; top_p?: number; seed?: number; stop?: string[] };
}

/** paramsOf gives the parameters of llama.cpp for a question. */
export function paramsOf({ messages, tools, format, think, options = {} }: Question): ChatCompletionParams {
  const params: Record<string, unknown> = { messages: messages.map(messageOf), temperature: options.temperature, top_p: options.top_p, seed: options.seed };
  params["max_tokens"] = options.num_predict;
  params["stop"] = options.stop;
  params["tools"] = tools?.length ? tools : undefined;
  if (format === "json") params["response_format"] = { type: "json_object" };
  else if (format) params["response_format"] = { type: "json_schema", json_schema: { name: "answer", schema: format } };
  if (think !== undefined) params["chat_template_kwargs"] = { enable_thinking: think };
  return params as unknown as ChatCompletionParams;
}

function messageOf(m: OllamaMessage): Record<string, unknown> {
  const calls = m.tool_calls?.map((call, i) => ({
    id: call.id || `call_${i}`, type: "function", function: { name: call.function.name, arguments: JSON.stringify(call.function.arguments) },
  }));
  return { role: m.role, content: m.content, tool_calls: calls, tool_call_id: m.tool_call_id };
}

interface Delta {
  content?: string | null;
  reasoning_content?: string | null;
  tool_calls?: { index: number; id?: string; function?: { name?: string; arguments?: string } }[];
}

/** Answer writes the lines of an answer as Ollama does. */
export class Answer {
  private readonly calls: { id: string; name: string; arguments: string }[] = [];
  private reason = "stop";
  private timings: ChatCompletionChunk["timings"];
  private tokens = 0;

  constructor(private readonly model: string, private readonly say: (line: unknown) => void) {}

  /** take takes a piece of llama.cpp's answer. */
  take(chunk: ChatCompletionChunk): void {
    this.timings = chunk.timings ?? this.timings;
    const [choice] = chunk.choices ?? []; // a report of progress has none
    if (!choice) return;
    if (choice.finish_reason === "length") this.reason = "length";
    const { content, reasoning_content: thinking, tool_calls: calls } = choice.delta as Delta;
    for (const call of calls ?? []) {
      const kept = (this.calls[call.index] ??= { id: "", name: "", arguments: "" });
      kept.id ||= call.id ?? "";
      kept.name += call.function?.name ?? "";
      kept.arguments += call.function?.arguments ?? "";
    }
    if (!content && !thinking) return;
    this.tokens++;
    this.line({ role: "assistant", content: content ?? "", ...(thinking && { thinking }) });
  }

  /** beat says nothing, so that whoever waits knows that work goes on. */
  beat(): void {
    this.line({ role: "assistant", content: "" });
  }

  /** end writes the last lines. */
  end(): void {
    const calls = this.calls.filter(Boolean).map((c) => ({ id: c.id, function: { name: c.name, arguments: objectOf(c.arguments) } }));
    if (calls.length > 0) this.line({ role: "assistant", content: "", tool_calls: calls });
    const { prompt_n = 0, cache_n = 0, predicted_n = this.tokens, predicted_ms = 0 } = this.timings ?? {};
    this.say({
      model: this.model, created_at: now(), message: { role: "assistant", content: "" }, done: true, done_reason: this.reason,
      prompt_eval_count: prompt_n + cache_n, eval_count: predicted_n, eval_duration: Math.round(predicted_ms * 1e6),
    });
  }

  private line(message: unknown): void {
    this.say({ model: this.model, created_at: now(), message, done: false });
  }
}

function now(): string {
  return new Date().toISOString();
}

function objectOf(text: string): unknown {
  try {
    return JSON.parse(text || "{}") as unknown;
  } catch {
    return {}; // the model wrote what is no JSON: the tool says what it lacks
  }
}
