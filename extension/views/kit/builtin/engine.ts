import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Channel, type Ask, type State, type Told, type Wrong } from "../../../engine/contract";
import { t } from "../../../strings";
import { useApp } from "../ui/context";

/** builtIn is the kind of the service whose models run inside the browser. */
export const builtIn = "built-in";

/** Engine is the engine inside the browser as views see it. What they ask of it goes on when they close. */
export class Engine {
  readonly state = signal<State | undefined>(undefined);
  private readonly channel = new BroadcastChannel(Channel);
  private host = false;
  private held: Ask[] = [];

  constructor() {
    this.channel.onmessage = ({ data }: MessageEvent<Ask | Told>) => {
      if ("state" in data) this.state.value = data.state;
    };
  }

  /** ask has the engine do something, once its page is there; it tells what came of it in its state. */
  ask(something: Ask): void {
    if (this.host) this.channel.postMessage(something);
    else this.held.push(something);
  }

  /** hosted tells whether the page that hosts the engine is there; it may be another one than before. */
  hosted(is: boolean): void {
    this.host = is;
    if (!is) return;
    for (const ask of this.held) this.ask(ask);
    this.held = [];
    this.ask({ ask: "state" });
  }

  /** close stops listening. */
  close(): void {
    this.channel.close();
  }
}

/** useEngine gives a component its way to the engine, if it has to do with it. */
export function useEngine(wanted: boolean): Engine | undefined {
  const link = useApp().link.value.state;
  const engine = useMemo(() => (wanted ? new Engine() : undefined), [wanted]);
  useEffect(() => () => engine?.close(), [engine]);
  useEffect(() => engine?.hosted(link === "ready"), [engine, link]);
  return engine;
}

/** clearEngine removes every model of the engine. */
export function clearEngine(): void {
  const channel = new BroadcastChannel(Channel);
  channel.postMessage({ ask: "clear" } satisfies Ask);
  channel.close();
}

/** wrongWords says what keeps a file from becoming a model, and what to do. */
export function wrongWords(wrong: Wrong): string {
  switch (wrong.why) {
    case "truncated": return t.builtIn.wrong.truncated(wrong.have);
    case "split": return t.builtIn.wrong.split(wrong.parts);
    case "too_large": return t.builtIn.wrong.too_large(wrong.size, wrong.most);
    case "no_room": return t.builtIn.wrong.no_room(wrong.size, wrong.free);
    case "status": return t.builtIn.wrong.status(wrong.status);
    case "twin": return t.builtIn.wrong.twin(wrong.of);
    default: return t.builtIn.wrong[wrong.why];
  }
}
