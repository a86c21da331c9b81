// The worker of the engine: keeps the models and answers for them. It is started when the first is asked for.
import { Api } from "./api";
import type { Ask, FromWorker, ToWorker } from "./contract";
import { Models } from "./models";

const scope = globalThis as unknown as { onmessage: (event: MessageEvent<ToWorker>) => void; postMessage(said: FromWorker, transfer?: Transferable[]): void };
const models: Models = new Models(busy);
const api: Api = new Api(models, rest);
const going = new Map<number, AbortController>();
let heard = 0;

scope.onmessage = ({ data }) => {
  heard++;
  if ("abort" in data) stop(data.abort);
  else if ("ask" in data) void hear(data).catch((error: unknown) => console.error("kAI: the engine could not do what was asked:", error));
  else void serve(data);
};

async function serve({ id, method, path, body }: Extract<ToWorker, { id: number }>): Promise<void> {
  const stop = new AbortController();
  going.set(id, stop);
  const reply = await api.serve(method, path, body, stop.signal);
  const through = reply.body.pipeThrough(new TransformStream({ flush: () => over(id) }));
  scope.postMessage({ id, status: reply.status, body: through }, [through]);
}

function stop(id: number): void {
  going.get(id)?.abort();
  over(id);
}

function over(id: number): void {
  going.delete(id);
  rest();
}

async function hear(said: Ask): Promise<void> {
  switch (said.ask) {
    case "add": await models.add(said.file); break;
    case "fetch": await models.fetch(said.address); break;
    case "stop": models.stop(said.id); break;
    case "resume": await models.resume(said.id); break;
    case "remove": await api.drop(said.id); break;
    case "clear": await api.clear(); break;
    case "state": break;
  }
  models.tell();
  rest();
}

function busy(): void {
  scope.postMessage({ busy: models.busy });
  rest();
}

const patience = 30_000; // ms without work, after which the page may end the worker
let timer: ReturnType<typeof setTimeout> | undefined;

function rest(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (!models.busy && !api.holds && going.size === 0) scope.postMessage({ idle: heard });
  }, patience);
}
