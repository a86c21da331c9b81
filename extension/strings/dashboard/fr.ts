import type { Dashboard } from ".";
import { counted, number } from "../format";
import { share, speed } from "./times";

const count = (n: number) => counted(n, { one: "demande", other: "demandes" });

/** fr is the dashboard's French catalogue. */
export const fr: Dashboard = {
  title: "Tableau de bord",
  back: "Retour à kAI",
  range: "Période affichée",
  ranges: { hour: "Dernière heure", day: "Dernier jour" },
  slots: { hour: "par minute", day: "en 10 minutes" },
  asking: "kai est interrogé…",
  since: (began, moment) => `kai tourne depuis ${began}. Mis à jour : ${moment}.`,
  away: (moment) => `kai ne répond pas${moment ? ` : ce que vous voyez date de ${moment}` : ""}. Il est réinterrogé toutes les quelques secondes.`,
  locked: "kAI est verrouillé.",
  unlock: "Le déverrouiller",
  signedOut: "Vous êtes déconnecté.",
  signIn: "Se connecter",
  table: "En tableau",
  tableOf: (title) => `${title}, en tableau`,
  time: "Heure",
  none: "–",
  requests: {
    title: "Demandes", unit: { hour: "dans la dernière heure", day: "dans le dernier jour" }, all: "Demandes", failed: "Échouées",
    empty: "Rien n’a été demandé pendant ce temps. Ici s’affiche ce que vous, vos navigateurs et programmes demandez aux modèles.",
    said: (n, failed) => (failed ? `${count(n)}, ${number(failed)} ${failed === 1 ? "échouée" : "échouées"}` : count(n)),
    most: (n, slots) => `au plus ${number(n)} ${slots}`,
  },
  speed: {
    title: "Vitesse", unit: "jetons/s", average: "en moyenne",
    empty: "Aucune réponse n’a été faite pendant ce temps.",
    said: (n) => `${speed(n)} jetons/s`,
  },
  queue: {
    title: "File d’attente", unit: (n) => `${n < 2 ? "tâche" : "tâches"} à faire`,
    waiting: "En attente", running: "En cours", dead: "Abandonnées",
    said: (waiting, running, dead) => `${number(waiting)} en attente, ${number(running)} en cours, ${number(dead)} abandonnées`,
  },
  sizes: { memory: { title: "Mémoire", unit: "résidente" }, storage: { title: "Stockage", unit: "sur disque" } },
  between: (low, high) => (low === high ? `toujours ${low}` : `entre ${low} et ${high}`),
  now: (text) => `maintenant ${text}`,
  services: {
    title: "Services", unit: (of) => `sur ${of} en marche`,
    empty: "Aucun service de cet ordinateur n’est observé. Activez-en un dans la configuration de kai, par exemple services.ollama.",
    names: { ollama: "Ollama", comfyui: "ComfyUI", chroma: "Chroma", a1111: "Stable Diffusion web UI" },
  },
  parts: {
    title: "Parties de kai",
    names: {
      storage: "Enregistrements", vault: "Coffre", cache: "Cache", tasks: "Tâches", updates: "Mises à jour", telemetry: "Télémétrie",
      services: "Connecteurs", engine: "Réponses", assistant: "Assistant", api: "Application web et API", socket: "Navigateurs",
    },
  },
  states: { ready: "En marche", starting: "Démarre", degraded: "Limité", failed: "Échoué", stopped: "Arrêté", off: "Désactivé" },
  down: "Absent",
  up: (part) => `en marche ${share(part)} du temps`,
  strip: (name, state, up) => `${name} : ${state} maintenant${up ? `, ${up}` : ""}`,
};
