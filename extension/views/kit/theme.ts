/** setTheme colours the page: light, dark, or as the system says. */
export function setTheme(theme: string | undefined): void {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
}
