import { t } from "../../../../strings";

/** Manifest says what a guest tool is, as the companion's sandbox reads it (companion/sandbox/manifest.go). */
export interface Manifest {
  name: string;
  title?: string;
  description: string;
  parameters?: { type?: unknown; required?: unknown };
  memory_mb: number;
  seconds: number;
  capabilities: Capability[];
}

/** Capability is something beside its arguments that a guest may be given. */
export type Capability = "clock" | "random";

const known = new Set(["name", "title", "description", "parameters", "memory_mb", "seconds", "capabilities"]);
const mostText = 64 << 10;
const mostDescription = 1 << 10;
const mostSchema = 16 << 10;
const mostMemory = 512;
const mostSeconds = 60;
const encoder = new TextEncoder();
const width = (text: string) => encoder.encode(text).length;

/** Wrong is a guest that cannot be used; its message says why, and the field of the manifest that is at fault. */
export class Wrong extends Error {
  constructor(message: string, readonly field = "") {
    super(message);
  }
}

/** parseManifest reads a manifest. Every mistake names its field. */
export function parseManifest(text: string): Manifest {
  if (width(text) > mostText) throw new Wrong(t.guests.manifest);
  let given: Record<string, unknown>;
  try {
    given = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new Wrong(t.guests.manifest);
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new Wrong(t.guests.manifest);
  for (const field of Object.keys(given)) if (!known.has(field)) throw new Wrong(t.guests.field(field), field);
  const m = { ...given, memory_mb: given.memory_mb || 64, seconds: given.seconds || 10, capabilities: given.capabilities ?? [] } as Manifest;
  check("name", typeof m.name === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(m.name));
  check("title", m.title === undefined || typeof m.title === "string");
  check("description", typeof m.description === "string" && m.description !== "" && width(m.description) <= mostDescription);
  check("memory_mb", Number.isInteger(m.memory_mb) && m.memory_mb >= 1 && m.memory_mb <= mostMemory);
  check("seconds", Number.isInteger(m.seconds) && m.seconds >= 1 && m.seconds <= mostSeconds);
  check("capabilities", Array.isArray(m.capabilities) && m.capabilities.every((c) => c === "clock" || c === "random"));
  check("parameters", m.parameters === undefined || width(JSON.stringify(m.parameters)) <= mostSchema);
  check("parameters.type", m.parameters === undefined || m.parameters?.type === "object");
  return m;
}

function check(field: string, holds: boolean): void {
  if (!holds) throw new Wrong(t.guests.field(field), field);
}

/** checkArguments says what is wrong with a model's arguments before a guest is run: it says better what is wrong with the values. */
export function checkArguments(m: Manifest, text: string): void {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    given = undefined;
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new Wrong(t.guests.noObject);
  const required = Array.isArray(m.parameters?.required) ? m.parameters.required : [];
  for (const name of required) if (!Object.hasOwn(given, String(name))) throw new Wrong(t.guests.missing(String(name)), String(name));
}
