/** A context is where a view is shown. */
export type Context = "popup" | "sidepanel" | "tab";

/** start takes over from the first paint and brings the view to life. */
export function start(context: Context): void {
  document.documentElement.dataset.context = context;
}
