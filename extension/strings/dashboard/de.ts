import type { Dashboard } from ".";
import { counted, number } from "../format";
import { share, speed } from "./times";

const count = (n: number) => counted(n, { one: "Anfrage", other: "Anfragen" });

/** de is the dashboard's German catalogue. */
export const de: Dashboard = {
  title: "Übersicht",
  back: "Zurück zu kAI",
  range: "Gezeigte Zeit",
  ranges: { hour: "Letzte Stunde", day: "Letzter Tag" },
  slots: { hour: "je Minute", day: "in 10 Minuten" },
  asking: "kai wird gefragt…",
  since: (began, moment) => `kai läuft seit ${began}. Stand: ${moment}.`,
  away: (moment) => `kai antwortet nicht${moment ? `: Was du siehst, ist von ${moment}` : ""}. Es wird alle paar Sekunden wieder gefragt.`,
  locked: "kAI ist gesperrt.",
  unlock: "Entsperren",
  signedOut: "Du bist abgemeldet.",
  signIn: "Anmelden",
  table: "Als Tabelle",
  tableOf: (title) => `${title}, als Tabelle`,
  time: "Zeit",
  none: "–",
  requests: {
    title: "Anfragen", unit: { hour: "in der letzten Stunde", day: "am letzten Tag" }, all: "Anfragen", failed: "Fehlgeschlagen",
    empty: "In dieser Zeit wurde nichts gefragt. Hier steht, was du, deine Browser und Programme von Modellen wollen.",
    said: (n, failed) => (failed ? `${count(n)}, ${number(failed)} fehlgeschlagen` : count(n)),
    most: (n, slots) => `höchstens ${number(n)} ${slots}`,
  },
  speed: {
    title: "Tempo", unit: "Tokens/s", average: "im Mittel",
    empty: "In dieser Zeit wurde keine Antwort gemacht.",
    said: (n) => `${speed(n)} Tokens/s`,
  },
  queue: {
    title: "Warteschlange", unit: (n) => `${n === 1 ? "Aufgabe" : "Aufgaben"} zu tun`,
    waiting: "Warten", running: "Laufen", dead: "Aufgegeben",
    said: (waiting, running, dead) => `${number(waiting)} warten, ${number(running)} laufen, ${number(dead)} aufgegeben`,
  },
  sizes: { memory: { title: "Arbeitsspeicher", unit: "belegt" }, storage: { title: "Speicherplatz", unit: "auf der Festplatte" } },
  between: (low, high) => (low === high ? `immer ${low}` : `zwischen ${low} und ${high}`),
  now: (text) => `jetzt ${text}`,
  services: {
    title: "Dienste", unit: (of) => `von ${of} laufen`,
    empty: "Kein Dienst dieses Computers wird beobachtet. Schalte einen in der Konfiguration von kai ein, zum Beispiel services.ollama.",
    names: { ollama: "Ollama", comfyui: "ComfyUI", chroma: "Chroma", a1111: "Stable Diffusion web UI" },
  },
  parts: {
    title: "Teile von kai",
    names: {
      storage: "Einträge", vault: "Tresor", cache: "Zwischenspeicher", tasks: "Aufgaben", updates: "Aktualisierung", telemetry: "Telemetrie",
      services: "Verbindungen", engine: "Antworten", assistant: "Assistent", api: "Web-App und API", socket: "Browser",
    },
  },
  states: { ready: "Läuft", starting: "Startet", degraded: "Eingeschränkt", failed: "Fehlgeschlagen", stopped: "Angehalten", off: "Aus" },
  down: "Nicht da",
  up: (part) => `${share(part)} der Zeit da`,
  strip: (name, state, up) => `${name}: jetzt ${state}${up ? `, ${up}` : ""}`,
};
