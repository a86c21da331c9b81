// How a failed call is told to Go.

/** What the shim itself refuses; detail goes along. */
export class Refusal extends Error {
  constructor(name: string, readonly detail: Record<string, unknown> = {}) {
    super(name);
    this.name = name;
  }
}

/** Turns whatever was thrown into the text that Go reads. */
export function describe(error: unknown): string {
  const e = error as { name?: unknown; message?: unknown; detail?: object } | null;
  return JSON.stringify({ name: String(e?.name ?? "Error"), message: String(e?.message ?? error), ...e?.detail });
}
