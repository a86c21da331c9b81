const numbers = new Intl.NumberFormat("en");

/** bytes writes a size for people. */
export function bytes(n: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  let size = n;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

/** number writes a whole number with its thousands apart. */
export function number(n: number): string {
  return numbers.format(n);
}

/** count writes how many of something there are. */
export function count(n: number, noun: string): string {
  return `${numbers.format(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** seconds writes a duration of milliseconds. */
export function seconds(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

const days = new Intl.DateTimeFormat("en", { dateStyle: "medium" });

/** day writes the day of a moment (RFC 3339). */
export function day(moment: string): string {
  return days.format(new Date(moment));
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** ago writes how long ago a moment (RFC 3339) was, in words. */
export function ago(moment: string, now = Date.now()): string {
  const past = Math.max(0, (now - Date.parse(moment)) / 1000);
  if (past < 45) return "just now";
  if (past < 3600) return relative.format(-Math.max(1, Math.round(past / 60)), "minute");
  if (past < 86_400) return relative.format(-Math.round(past / 3600), "hour");
  return relative.format(-Math.round(past / 86_400), "day");
}

const times = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

/** clock writes the time of day of a moment (RFC 3339), where the reader is. */
export function clock(moment: string): string {
  return times.format(Date.parse(moment));
}
