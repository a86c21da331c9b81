import type { Dashboard } from ".";
import { counted, number } from "../format";
import { share, speed } from "./times";

const count = (n: number) => counted(n, { one: "petición", other: "peticiones" });

/** es is the dashboard's Spanish catalogue. */
export const es: Dashboard = {
  title: "Panel de control",
  back: "Volver a kAI",
  range: "Tiempo mostrado",
  ranges: { hour: "Última hora", day: "Último día" },
  slots: { hour: "por minuto", day: "cada 10 minutos" },
  asking: "Preguntando a kai…",
  since: (began, moment) => `kai está en marcha desde ${began}. Actualizado: ${moment}.`,
  away: (moment) => `kai no responde${moment ? `: lo que ves es de ${moment}` : ""}. Se le pregunta de nuevo cada pocos segundos.`,
  locked: "kAI está bloqueado.",
  unlock: "Desbloquearlo",
  signedOut: "Se cerró tu sesión.",
  signIn: "Iniciar sesión",
  table: "Como tabla",
  tableOf: (title) => `${title}, como tabla`,
  time: "Hora",
  none: "–",
  requests: {
    title: "Peticiones", unit: { hour: "en la última hora", day: "en el último día" }, all: "Peticiones", failed: "Fallidas",
    empty: "En este tiempo no se pidió nada. Aquí se ve lo que tú, tus navegadores y programas piden a los modelos.",
    said: (n, failed) => (failed ? `${count(n)}, ${number(failed)} ${failed === 1 ? "fallida" : "fallidas"}` : count(n)),
    most: (n, slots) => `como mucho ${number(n)} ${slots}`,
  },
  speed: {
    title: "Velocidad", unit: "tokens por segundo", average: "de media",
    empty: "En este tiempo no se hizo ninguna respuesta.",
    said: (n) => `${speed(n)} tokens/s`,
  },
  queue: {
    title: "Cola", unit: (n) => `${n === 1 ? "tarea" : "tareas"} por hacer`,
    waiting: "En espera", running: "En marcha", dead: "Abandonadas",
    said: (waiting, running, dead) => `${number(waiting)} en espera, ${number(running)} en marcha, ${number(dead)} abandonadas`,
  },
  sizes: { memory: { title: "Memoria", unit: "residente" }, storage: { title: "Almacenamiento", unit: "en disco" } },
  between: (low, high) => (low === high ? `siempre ${low}` : `entre ${low} y ${high}`),
  now: (text) => `ahora ${text}`,
  services: {
    title: "Servicios", unit: (of) => `de ${of} en marcha`,
    empty: "No se vigila ningún servicio de este ordenador. Activa uno en la configuración de kai, por ejemplo services.ollama.",
    names: { ollama: "Ollama", comfyui: "ComfyUI", chroma: "Chroma", a1111: "Stable Diffusion web UI" },
  },
  parts: {
    title: "Partes de kai",
    names: {
      storage: "Registros", vault: "Bóveda", cache: "Caché", tasks: "Tareas", updates: "Actualizaciones", telemetry: "Telemetría",
      services: "Conectores", engine: "Respuestas", assistant: "Asistente", api: "Aplicación web y API", socket: "Navegadores",
    },
  },
  states: { ready: "En marcha", starting: "Arrancando", degraded: "Limitado", failed: "Falló", stopped: "Detenido", off: "Desactivado" },
  down: "Caído",
  up: (part) => `en marcha el ${share(part)} del tiempo`,
  strip: (name, state, up) => `${name}: ahora ${state}${up ? `, ${up}` : ""}`,
};
