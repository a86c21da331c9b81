import type { Persona, Prompt } from "../../../gen/wire";
import { t } from "../../../strings";

type Fields = { [name: string]: unknown };
type Check = (value: unknown) => boolean;

const text: Check = (v) => typeof v === "string";
const texts: Check = (v) => Array.isArray(v) && v.every(text);
const object: Check = (v) => typeof v === "object" && v !== null && !Array.isArray(v);
const words: Check = (v) => text(v) || typeof v === "number";

const shared: { [name: string]: Check } = { id: text, name: (v) => text(v) && (v as string).trim() !== "", description: text, tags: texts };

const ofPrompt: { [name: string]: Check } = {
  ...shared, persona: text, template: (v) => text(v) && (v as string).trim() !== "", createdAt: text, updatedAt: text, version: words,
  menu: (v) => Number.isInteger(v) && (v as number) >= 0, page: (v) => typeof v === "boolean", hidden: (v) => typeof v === "boolean",
  contextScope: (v) => ["", "user", "system", "session"].includes(v as string),
  inputs: (v) => Array.isArray(v) && v.every((i) => text(i) || (object(i) && text((i as Fields).name))),
};

const ofPersona: { [name: string]: Check } = {
  ...shared, tone: (v) => object(v) && Object.values(v as Fields).every(words),
  injections: (v) => object(v) && ["system_prompt", "user_prefix", "safety_prefix"].every((name) => [undefined, null].includes((v as Fields)[name] as undefined) || text((v as Fields)[name])),
};

/** readPrompts reads a .prompt.json file: a prompt or a list of them. It throws an Error that names the line or the field. */
export function readPrompts(file: string): Prompt[] {
  return read(file).map(({ fields, at }) => {
    check(fields, at, ofPrompt, ["name", "template"]);
    const inputs = ((fields.inputs ?? []) as unknown[]).map((i) => (text(i) ? { name: i } : i)) as Prompt["inputs"];
    return { ...fields, id: idOf(fields), inputs, version: Number(fields.version) || 1 } as unknown as Prompt;
  });
}

/** readPersonas reads a .persona.json file: a persona or a list of them. What kAI does not use of it is kept. */
export function readPersonas(file: string): Persona[] {
  return read(file).map(({ fields, at }) => {
    check(fields, at, ofPersona, ["name"]);
    return { ...fields, id: idOf(fields), injections: fields.injections ?? {} } as unknown as Persona;
  });
}

function idOf(fields: Fields): string {
  const id = String(fields.id ?? "").replace(/[\s\0]+/g, "-").slice(0, 100);
  return id || crypto.randomUUID();
}

function read(file: string): { fields: Fields; at: string }[] {
  let value: unknown;
  try {
    value = JSON.parse(file.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new Error(t.prompts.notJSON(lineOf(file, String(error))));
  }
  const all = Array.isArray(value) ? value : [value];
  if (all.length === 0) throw new Error(t.prompts.emptyFile);
  return all.map((fields, i) => {
    const at = Array.isArray(value) ? `[${i}]` : "";
    if (!object(fields)) throw new Error(t.prompts.noObject(at));
    return { fields: fields as Fields, at: at && `${at}.` };
  });
}

function check(fields: Fields, at: string, checks: { [name: string]: Check }, needed: string[]): void {
  for (const [name, fits] of Object.entries(checks)) {
    const value = fields[name];
    if (value === undefined || value === null) {
      if (needed.includes(name)) throw new Error(t.prompts.missing(at + name));
    } else if (!fits(value)) throw new Error(t.prompts.wrong(at + name));
  }
}

// Browsers tell the place of a mistake in words of their own: by line, or by character.
function lineOf(file: string, message: string): number {
  const line = /line (\d+)/.exec(message)?.[1];
  if (line) return Number(line);
  const at = Number(/position (\d+)/.exec(message)?.[1] ?? file.length);
  return file.slice(0, at).split("\n").length;
}

/** writeItem writes what readPrompts and readPersonas read. */
export function writeItem(item: Prompt | Persona): string {
  return `${JSON.stringify(item, undefined, 2)}\n`;
}
