// Answers for the models inside the browser by the part of Ollama's API that kAI's connector speaks.
import { Wllama } from "@wllama/wllama";
import { Answer, paramsOf, type Question } from "./chat";
import type { Model } from "./contract";
import { Llama, Refused } from "./llama";
import type { Models } from "./models";

/** Reply is an answer to a request. */
export interface Reply {
  status: number;
  body: ReadableStream<Uint8Array>;
}

const usualKeep = 5 * 60; // seconds that a model stays in memory
const beatEvery = 20_000; // ms

/** Api serves requests. onidle hears when no model is in memory any more. */
export class Api {
  private readonly llama = new Llama();
  private turn: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private answering = ""; // the id of the model that is
  private leave: { timer: ReturnType<typeof setTimeout> | undefined; at: number } = { timer: undefined, at: 0 };

  constructor(private readonly models: Models, private readonly onidle: () => void) {}

  /** holds tells whether a model is in memory or asked. */
  get holds(): boolean {
    return this.waiting > 0 || this.llama.holds !== undefined;
  }

  /** serve answers one request; signal ends it. */
  async serve(method: string, path: string, body: string, signal: AbortSignal): Promise<Reply> {
    try {
      switch (`${method} ${path}`) {
        case "GET /api/version": return json({ version: Wllama.getLibllamaVersion() });
        case "GET /api/tags": return json({ models: (await this.models.here()).map(entry) });
        case "GET /api/ps": return json({ models: this.running() });
        case "POST /api/show": return json(shown(await this.model(body)));
        case "POST /api/generate": return await this.unload(body);
        case "DELETE /api/delete": return await this.remove(body);
        case "POST /api/chat": return await this.chat(JSON.parse(body) as Question, signal);
      }
      throw new Refused(501, "a model inside the browser does not support that");
    } catch (error) {
      const status = error instanceof Refused ? error.status : 500;
      return json({ error: error instanceof Error ? error.message : String(error) }, status);
    }
  }

  private async model(body: string): Promise<Model> {
    const { model } = JSON.parse(body) as { model: string };
    return this.named(model);
  }

  private async named(name: string): Promise<Model> {
    const found = (await this.models.here()).find((m) => m.name === name);
    if (!found) throw new Refused(404, `there is no model ${name} in this browser`);
    return found;
  }

  private running() {
    const { holds, leave } = this;
    const { model, window } = this.llama.holds ?? {};
    if (!holds || !model) return [];
    return [{ ...entry(model), context_length: window, expires_at: leave.at ? new Date(leave.at).toISOString() : undefined }];
  }

  private async unload(body: string): Promise<Reply> {
    const model = await this.model(body);
    await this.next(async () => {
      if (this.llama.holds?.model.id === model.id) await this.free();
    });
    return json({ done: true });
  }

  private async remove(body: string): Promise<Reply> {
    const model = await this.model(body);
    await this.drop(model.id);
    return json({});
  }

  /** drop removes a model, from memory too. */
  async drop(id: string): Promise<void> {
    if (this.answering === id) throw new Refused(409, "this model is answering: stop it first");
    if (this.llama.holds?.model.id === id) await this.free();
    await this.models.remove(id);
  }

  /** clear removes every model, whatever it does. */
  async clear(): Promise<void> {
    await this.free();
    await this.models.clear();
  }

  // The head of the answer goes out with its first line: until then a refusal has a status of its own.
  private async chat(question: Question, signal: AbortSignal): Promise<Reply> {
    const model = await this.named(question.model);
    if (question.messages.some((m) => m.images?.length)) throw new Refused(400, "a model inside the browser does not support pictures");
    this.waiting++;
    clearTimeout(this.leave.timer);
    return new Promise((resolve, reject) => {
      const work = async () => {
        signal.throwIfAborted();
        this.answering = model.id;
        await this.llama.load(model, await this.models.file(model.id), question.options?.num_ctx ?? 0);
        await this.answer(question, signal, resolve);
      };
      void this.next(work).catch(reject).finally(() => {
        this.answering = "";
        this.waiting--;
        this.keep(question.keep_alive);
      });
    });
  }

  private async answer(question: Question, signal: AbortSignal, begin: (reply: Reply) => void): Promise<void> {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, { highWaterMark: 1024 });
    const writer = writable.getWriter();
    const utf8 = new TextEncoder();
    let begun = false;
    const say = (line: unknown) => {
      if (!begun) begin({ status: 200, body: readable });
      begun = true;
      void writer.write(utf8.encode(`${JSON.stringify(line)}\n`)).catch(() => undefined); // nobody reads any more
    };
    const answer = new Answer(question.model, say);
    const beats = setInterval(() => answer.beat(), beatEvery);
    try {
      await this.llama.chat(paramsOf(question), (chunk) => answer.take(chunk), signal);
      answer.end();
    } catch (error) {
      if (!begun) throw error;
      say({ error: (error as Error).message });
    } finally {
      clearInterval(beats);
      void writer.close().catch(() => undefined);
    }
  }

  // next does one thing after the other: there is one engine.
  private next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work, work);
    this.turn = done.catch(() => undefined);
    return done;
  }

  private keep(wish: number | string | undefined): void {
    clearTimeout(this.leave.timer);
    if (this.waiting > 0) return;
    const seconds = secondsOf(wish);
    if (seconds < 0 || !this.llama.holds) return void (this.leave.at = 0, this.llama.holds || this.onidle());
    this.leave.at = Date.now() + seconds * 1000;
    this.leave.timer = setTimeout(() => void this.next(async () => {
      if (this.waiting === 0) await this.free();
    }), seconds * 1000);
  }

  private async free(): Promise<void> {
    clearTimeout(this.leave.timer);
    await this.llama.unload();
    this.onidle();
  }
}

// As Ollama reads it: seconds, or a number with its unit; -1 is for ever.
function secondsOf(wish: number | string | undefined): number {
  if (typeof wish === "number") return wish;
  const [, n, unit] = /^(-?\d+)([smh])$/.exec(wish ?? "") ?? [];
  return n ? Number(n) * { s: 1, m: 60, h: 3600 }[unit as "s" | "m" | "h"] : usualKeep;
}

function entry(m: Model) {
  return { name: m.name, size: m.size, context_length: m.window, details: details(m) };
}

function details(m: Model) {
  return { family: m.architecture, parameter_size: m.parameters, quantization_level: m.quantization };
}

function shown(m: Model) {
  const info = { "general.architecture": m.architecture, [`${m.architecture}.context_length`]: m.window };
  return { details: details(m), model_info: info, capabilities: ["completion"] };
}

function json(value: unknown, status = 200): Reply {
  return { status, body: new Blob([JSON.stringify(value)]).stream() };
}
