import type { Persona, Tune } from "../../../gen/wire";

/** tuneOf is what a persona makes of a conversation; without one, nothing is left of the one before. */
export function tuneOf(persona: Persona | undefined): Omit<Tune, "id"> {
  const { safety_prefix = "", system_prompt = "", user_prefix = "" } = persona?.injections ?? {};
  const tone = Object.entries(persona?.tone ?? {}).filter(([, value]) => value !== "" && value !== null).map(([name, value]) => `${name}: ${String(value)}`);
  const parts = [safety_prefix, system_prompt, tone.length > 0 ? `Tone: ${tone.join(", ")}.` : ""];
  return { persona: persona?.id ?? "", injected: parts.map((p) => p.trim()).filter(Boolean).join("\n\n"), prefix: user_prefix.trim() };
}
