// Numbers, sizes and times as the language that is shown writes them.
import { signal } from "@preact/signals";
import type { Language } from "./languages";

/** language is the one that is shown. Who writes something in it while it is drawn, draws it anew when it changes. */
export const language = signal<Language>("en");

/** Forms are those of a word that is counted: the plural categories of its language. */
export type Forms = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>;

// Making one takes a hundred times as long as using it.
function kept<T>(make: (language: Language) => T): () => T {
  const made = new Map<Language, T>();
  return () => {
    const now = language.value;
    let one = made.get(now);
    if (one === undefined) made.set(now, (one = make(now)));
    return one;
  };
}

const numbers = kept((l) => new Intl.NumberFormat(l));
const decimals = kept((l) => new Intl.NumberFormat(l, { minimumFractionDigits: 1, maximumFractionDigits: 1 }));
const plurals = kept((l) => new Intl.PluralRules(l));
const days = kept((l) => new Intl.DateTimeFormat(l, { dateStyle: "medium" }));
const times = kept((l) => new Intl.DateTimeFormat(l, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
const datesOfYear = kept((l) => new Intl.DateTimeFormat(l, { day: "numeric", month: "long" }));
const relative = kept((l) => new Intl.RelativeTimeFormat(l, { numeric: "auto" }));

/** number writes a whole number with its thousands apart. */
export function number(n: number): string {
  return numbers().format(n);
}

/** decimal writes a number with one digit after the point. */
export function decimal(n: number): string {
  return decimals().format(n);
}

/** formOf is the form of a word that goes with a number. */
export function formOf(n: number, forms: Forms): string {
  return forms[plurals().select(n)] ?? forms.other;
}

/** counted writes how many of something there are. */
export function counted(n: number, forms: Forms): string {
  return `${number(n)} ${formOf(n, forms)}`;
}

/** bytes writes a size for people. */
export function bytes(n: number): string {
  const units = language.value === "fr" ? ["o", "Ko", "Mo", "Go", "To"] : ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  let size = n;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size < 10 && unit > 0 ? decimal(size) : number(Math.round(size))} ${units[unit]}`;
}

/** seconds writes a duration of milliseconds. */
export function seconds(ms: number): string {
  const [minute, second] = language.value === "zh-Hans" ? ["分", "秒"] : ["min", "s"];
  if (ms < 10_000) return `${decimal(ms / 1000)} ${second}`;
  if (ms < 60_000) return `${Math.round(ms / 1000)} ${second}`;
  return `${Math.floor(ms / 60_000)} ${minute} ${Math.round((ms % 60_000) / 1000)} ${second}`;
}

/** elapsed writes a number of seconds as clocks of recorders do: 1:07. */
export function elapsed(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** day writes the day of a moment (RFC 3339). */
export function day(moment: string): string {
  return days().format(new Date(moment));
}

/** dayOfYear writes the day of a moment (milliseconds since 1970) without its year. */
export function dayOfYear(moment: number): string {
  return datesOfYear().format(moment);
}

/** clock writes the time of day of a moment (RFC 3339, or milliseconds since 1970), where the reader is. */
export function clock(moment: string | number): string {
  return times().format(typeof moment === "string" ? Date.parse(moment) : moment);
}

/** past writes how long ago something was that is some seconds past. */
export function past(seconds: number): string {
  if (seconds < 3600) return relative().format(-Math.max(1, Math.round(seconds / 60)), "minute");
  if (seconds < 86_400) return relative().format(-Math.round(seconds / 3600), "hour");
  return relative().format(-Math.round(seconds / 86_400), "day");
}
