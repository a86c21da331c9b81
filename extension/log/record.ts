// Keeps the last lines that a context wrote to its console, and tells them to whoever looks at the logs of all contexts.

/** Channel is the name of the BroadcastChannel that lines go over. */
export const Channel = "kai-log";

export type Level = "debug" | "info" | "warn" | "error";

/** Line is something that a context wrote. time is in milliseconds since 1970. */
export interface Line {
  context: string;
  time: number;
  level: Level;
  text: string;
}

/** Said is what goes over the channel: a question for what is kept, or lines. */
export type Said = { type: "log_request" } | { type: "log_lines"; lines: Line[] };

export const mostKept = 500; // lines a context
const mostText = 4000; // characters a line

/** Recorder is the memory of one context's console. */
export class Recorder {
  private readonly kept: Line[] = [];
  private readonly channel = new BroadcastChannel(Channel);

  constructor(private readonly context: string) {
    this.channel.onmessage = (event: MessageEvent<unknown>) => {
      if ((event.data as Said | null)?.type === "log_request") this.tell(this.kept);
    };
  }

  note(level: Level, values: readonly unknown[]): void {
    const line = { context: this.context, time: Date.now(), level, text: values.map(written).join(" ").slice(0, mostText) };
    this.kept.push(line);
    if (this.kept.length > mostKept) this.kept.shift();
    this.tell([line]);
  }

  close(): void {
    this.channel.close();
  }

  private tell(lines: Line[]): void {
    this.channel.postMessage({ type: "log_lines", lines } satisfies Said);
  }
}

/** recordLog keeps what this context writes to its console from now on, and what goes wrong unseen. */
export function recordLog(context: string): void {
  const recorder = new Recorder(context);
  const levels = { debug: "debug", log: "info", info: "info", warn: "warn", error: "error" } as const;
  for (const name of Object.keys(levels) as (keyof typeof levels)[]) {
    const write = console[name].bind(console);
    console[name] = (...values: unknown[]) => {
      write(...values);
      recorder.note(...fromProgram(levels[name], values));
    };
  }
  addEventListener("error", (e) => recorder.note("error", [e.error ?? e.message]));
  addEventListener("unhandledrejection", (e) => recorder.note("error", [e.reason]));
}

/** fromProgram reads the level off a line of the program, which writes everything by one function, level first. */
export function fromProgram(level: Level, values: readonly unknown[]): [Level, readonly unknown[]] {
  const [first, ...rest] = values;
  const found = level === "info" && typeof first === "string" ? /^(DEBUG|INFO|WARN|ERROR) ([^]*)$/.exec(first) : null;
  return found ? [found[1]?.toLowerCase() as Level, [found[2], ...rest]] : [level, values];
}

function written(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return value.stack ?? String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
