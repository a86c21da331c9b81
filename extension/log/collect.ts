// Gathers the lines of all contexts.
import { Channel, type Level, type Line, type Said } from "./record";

export const mostGathered = 5000; // lines

/** Gathered is what came from all contexts, in the order of time. */
export class Gathered {
  private readonly lines: Line[] = [];
  private readonly seen = new Set<string>();
  private readonly channel = new BroadcastChannel(Channel);

  /** ontold is called after lines came. */
  constructor(private readonly ontold: (all: readonly Line[]) => void) {
    this.channel.onmessage = (event: MessageEvent<unknown>) => this.take(event.data);
    this.channel.postMessage({ type: "log_request" } satisfies Said);
  }

  close(): void {
    this.channel.close();
  }

  private take(raw: unknown): void {
    const said = raw as Partial<Extract<Said, { type: "log_lines" }>> | null;
    if (said?.type !== "log_lines" || !Array.isArray(said.lines)) return;
    let fresh = false;
    for (const line of said.lines) if (isLine(line)) fresh = this.add(line) || fresh;
    if (fresh) this.ontold(this.lines);
  }

  // A context tells a line when it is written, and again to whoever asks.
  private add(line: Line): boolean {
    const key = `${line.context} ${line.time} ${line.level} ${line.text}`;
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    let at = this.lines.length;
    while (at > 0 && (this.lines[at - 1] as Line).time > line.time) at--;
    this.lines.splice(at, 0, line);
    if (this.lines.length > mostGathered) this.lines.shift();
    return true;
  }
}

const levels: readonly Level[] = ["debug", "info", "warn", "error"];

function isLine(raw: unknown): raw is Line {
  const l = raw as Partial<Line> | null;
  return typeof l?.context === "string" && typeof l.time === "number" && typeof l.text === "string" && levels.includes(l.level as Level);
}

/** Wanted is what to look for in lines. */
export interface Wanted {
  context: string; // "" for all
  level: Level; // and what is worse
  text: string;
}

/** filtered gives the lines that are wanted. */
export function filtered(lines: readonly Line[], wanted: Wanted): Line[] {
  const least = levels.indexOf(wanted.level);
  const text = wanted.text.trim().toLowerCase();
  return lines.filter((l) =>
    (!wanted.context || l.context === wanted.context) && levels.indexOf(l.level) >= least && (!text || l.text.toLowerCase().includes(text)));
}

/** asText writes lines as a file has them. */
export function asText(lines: readonly Line[]): string {
  return lines.map((l) => `${new Date(l.time).toISOString()} ${l.level.toUpperCase().padEnd(5)} ${l.context}: ${l.text}\n`).join("");
}
