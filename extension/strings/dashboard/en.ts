import { counted, number } from "../format";
import { share, speed } from "./times";

const count = (n: number, noun: string) => counted(n, { one: noun, other: `${noun}s` });

/** en is the dashboard's English catalogue. */
export const en = {
  title: "Dashboard",
  back: "Back to kAI",
  range: "Time shown",
  ranges: { hour: "Last hour", day: "Last day" },
  slots: { hour: "each minute", day: "every 10 minutes" },
  asking: "Asking kai…",
  since: (began: string, moment: string) => `kai has run since ${began}. Updated at ${moment}.`,
  away: (moment: string) => `kai does not answer${moment ? `: what you see is from ${moment}` : ""}. It is asked again every few seconds.`,
  locked: "kAI is locked.",
  unlock: "Unlock it",
  signedOut: "You are signed out.",
  signIn: "Sign in",
  table: "As a table",
  tableOf: (title: string) => `${title}, as a table`,
  time: "Time",
  none: "–",
  requests: {
    title: "Requests", unit: { hour: "in the last hour", day: "in the last day" }, all: "Requests", failed: "Failed",
    empty: "Nothing was asked in this time. What you, your browsers and programs ask of models shows here.",
    said: (n: number, failed: number) => (failed ? `${count(n, "request")}, ${number(failed)} failed` : count(n, "request")),
    most: (n: number, slots: string) => `at most ${number(n)} ${slots}`,
  },
  speed: {
    title: "Speed", unit: "tokens/s", average: "on average",
    empty: "No answer was made in this time.",
    said: (n: number) => `${speed(n)} tokens/s`,
  },
  queue: {
    title: "Queue", unit: (n: number) => `${n === 1 ? "task" : "tasks"} to do`,
    waiting: "Waiting", running: "Running", dead: "Given up",
    said: (waiting: number, running: number, dead: number) => `${number(waiting)} waiting, ${number(running)} running, ${number(dead)} given up`,
  },
  sizes: { memory: { title: "Memory", unit: "resident" }, storage: { title: "Storage", unit: "on disk" } },
  between: (low: string, high: string) => (low === high ? `always ${low}` : `between ${low} and ${high}`),
  now: (text: string) => `now ${text}`,
  services: {
    title: "Services", unit: (of: number) => `of ${of} up`,
    empty: "No service of this computer is watched. Turn one on in kai's configuration, for example services.ollama.",
    names: { ollama: "Ollama", comfyui: "ComfyUI", chroma: "Chroma", a1111: "Stable Diffusion web UI" } as Record<string, string>,
  },
  parts: {
    title: "Parts of kai",
    names: {
      storage: "Records", vault: "Vault", cache: "Cache", tasks: "Tasks", updates: "Updates", telemetry: "Telemetry", services: "Connectors",
      engine: "Answers", assistant: "Assistant", api: "Web app and API", socket: "Browsers",
    } as Record<string, string>,
  },
  states: { ready: "Up", starting: "Starting", degraded: "Limited", failed: "Failed", stopped: "Stopped", off: "Off" } as Record<string, string>,
  down: "Down",
  up: (part: number) => `up ${share(part)} of the time`,
  strip: (name: string, state: string, up: string) => `${name}: ${state} now${up ? `, ${up}` : ""}`,
};
