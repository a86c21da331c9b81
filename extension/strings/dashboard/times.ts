import { clock, dayOfYear, decimal, number } from "../format";

/** at writes a moment (seconds since 1970) as a time of the day. */
export function at(seconds: number): string {
  return clock(seconds * 1000);
}

/** since writes a moment of which the day counts, when it was not today. */
export function since(seconds: number, now = Date.now()): string {
  const moment = dayOfYear(seconds * 1000);
  return moment === dayOfYear(now) ? at(seconds) : `${moment}, ${at(seconds)}`;
}

/** speed writes tokens per second. */
export function speed(perSecond: number): string {
  return perSecond < 100 ? decimal(perSecond) : number(Math.round(perSecond));
}

/** share writes a part of a whole in percent. */
export function share(part: number): string {
  return `${number(part >= 1 ? 100 : Math.min(99.9, Math.floor(part * 1000) / 10))} %`;
}
