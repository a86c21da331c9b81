import { t } from "../../../strings";

/** nameOf is what people call a tool. */
export function nameOf(name: string): string {
  return name in t.tools.names ? t.tools.names[name as keyof typeof t.tools.names] : name;
}

/** readable puts each argument on a line of its own; what is no object stays as it is. */
export function readable(text: string): string {
  try {
    const given: unknown = JSON.parse(text);
    if (typeof given !== "object" || given === null || Array.isArray(given)) return text;
    return Object.entries(given).map(([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join("\n");
  } catch {
    return text;
  }
}
