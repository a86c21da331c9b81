import { signal } from "@preact/signals";
import type { Client } from "../../../bridge/client";
import type { Change, StorePage, ToolDefinition, ToolOn, ToolsOn } from "../../../gen/wire";

const id = "tools";

/** Choice is what a person allows a tool: nothing, a call at a time, or all. */
export type Choice = "" | "ask" | "always";

/** ToolChoices are the tools that models are offered, with what they said of themselves when they were turned on. */
export class ToolChoices {
  readonly on = signal<ToolOn[]>([]);
  private known = false;

  constructor(private readonly client: Pick<Client, "call">) {}

  /** load reads them, unless that was done. */
  async load(): Promise<void> {
    if (!this.known) await this.ask();
  }

  /** of is what was chosen for a tool. One of the same name from elsewhere is another one. */
  of(tool: ToolDefinition): Choice {
    return (this.on.value.find((o) => same(o, tool))?.choice ?? "") as Choice;
  }

  /** choose keeps a choice. */
  async choose(tool: ToolDefinition, choice: Choice): Promise<void> {
    await this.ask(); // another view may have chosen for another tool
    const rest = this.on.peek().filter((o) => o.name !== tool.name);
    await this.ask({ tools: choice ? [...rest, { ...tool, choice }] : rest });
  }

  /** change keeps a choice for a tool that is on, by its name. */
  async change(name: string, choice: Choice): Promise<void> {
    await this.ask();
    const tool = this.on.peek().find((o) => o.name === name);
    if (tool) await this.choose(tool, choice);
  }

  /** drop turns a tool off that is gone. */
  async drop(name: string, source: string): Promise<void> {
    await this.ask();
    const tool = this.on.peek().find((o) => o.name === name && (o.source ?? "") === source);
    if (tool) await this.choose(tool, "");
  }

  /** apply takes a change from the news. */
  apply(change: Change): void {
    if (change.id !== id || !this.known) return;
    if (change.body) this.on.value = (change.body as ToolsOn).tools ?? [];
    else void this.ask().catch(() => undefined);
  }

  private async ask(body?: ToolsOn): Promise<void> {
    const page: StorePage = await this.client.call("library", { kind: "setting", id: body ? id : "", version: "", body });
    const kept = (page.records ?? []).find((r) => r.id === id)?.body as ToolsOn | undefined;
    this.on.value = kept?.tools ?? [];
    this.known = true;
  }
}

function same(a: ToolDefinition, b: ToolDefinition): boolean {
  return a.name === b.name && (a.source ?? "") === (b.source ?? "");
}
