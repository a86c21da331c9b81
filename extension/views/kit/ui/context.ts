import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { App } from "../state/app";

/** AppContext carries the view's state to its parts. */
export const AppContext = createContext<App | undefined>(undefined);

/** useApp gives the view's state. */
export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("a part of the interface was used outside of it");
  return app;
}
