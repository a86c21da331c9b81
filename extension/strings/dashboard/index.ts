// The dashboard's words, apart from the others, which every view carries.
import { catalogue } from "../catalogue";
import { en } from "./en";

/** Dashboard is the catalogue of the dashboard. */
export type Dashboard = typeof en;

const [words, show] = catalogue<Dashboard>(en, {
  de: () => import("./de").then((m) => m.de),
  es: () => import("./es").then((m) => m.es),
  fr: () => import("./fr").then((m) => m.fr),
  "zh-Hans": () => import("./zh").then((m) => m.zh),
});

/** t is the dashboard's catalogue in the person's language. */
export const t: Dashboard = words;

/** speak shows the dashboard in the language of that choice, once its words are there. */
export const speak: (choice: string | undefined) => Promise<void> = show;
