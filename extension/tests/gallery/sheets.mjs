// Every view and state, in both themes: what to look at after a change of the interface.
const panel = (scene) => [`sidepanel/${scene}/light/400x720`, `sidepanel/${scene}/dark/400x720`];
const row = (...scenes) => scenes.map((s, i) => `sidepanel/${s}/${i % 2 ? "dark" : "light"}/400x720`);

/** sheets are the pictures by name: each is a few scenes (context/scene/theme/size) side by side. */
export const sheets = {
  "first-run": [...panel("welcome"), "sidepanel/other/light/400x720", "sidepanel/other/dark/320x640"],
  "first-run-wide": ["tab/welcome/light/1280x800", "tab/other/dark/1280x800"],
  "locked": ["tab/locked/light/1280x800", "tab/locked/dark/400x720"],
  "empty": [...panel("none"), "popup/empty/light/400x600", "popup/empty/dark/400x600"],
  "chat": [...panel("chat"), ...panel("done")],
  "chat-wide": ["tab/chat/light/1280x800", "tab/long/dark/1280x800"],
  "answers": row("failed", "waiting", "thoughts", "lost"),
  "long": [...panel("long"), "sidepanel/long/light/320x640", "popup/long/dark/400x600"],
  "list": [...panel("drawer"), ...row("search", "nothing")],
  "list-wide": ["tab/many/light/1280x800", "tab/search/dark/1000x800"],
  "composer": row("picker", "picker", "chips", "refused"),
  "composer-narrow": ["sidepanel/picker/light/320x640", "sidepanel/chips/dark/320x640", "popup/picker/light/400x600", "popup/drawer/dark/400x600"],
  "notices": row("private", "fault", "full", "dead"),
  "toasts": row("toast", "error", "toast", "error"),
  "dialogs": row("form", "service", "edit", "delete"),
  "dialogs-narrow": ["sidepanel/form/dark/320x640", "sidepanel/remove/light/320x640", "popup/delete/dark/400x600", "popup/rename/light/400x600"],
  "settings": ["sidepanel/settings/light/400x1900", "sidepanel/settings/dark/400x1900", "sidepanel/settings/light/320x1900"],
  "settings-wide": ["tab/settings/light/1280x1500"],
  "sync": ["sidepanel/synced/light/400x1900", "sidepanel/synced/dark/400x1900", "sidepanel/synced/light/320x1900"],
  "services": ["sidepanel/wrong/light/400x1900", "sidepanel/wrong/dark/400x1900", "sidepanel/wrong/light/320x1900"],
  "companion": row("broken", "absent", "ways", "settings"),
  "help": ["sidepanel/help/light/400x1900", "sidepanel/help/dark/320x2200", "sidepanel/help/light/320x2200/de", "sidepanel/tour/light/320x720", "sidepanel/tour/dark/400x720/fr", "sidepanel/news/light/320x720"],
  "languages": ["sidepanel/chat/light/320x720/de", "sidepanel/welcome/dark/320x720/zh-Hans", "sidepanel/settings/light/320x1900/fr", "sidepanel/wrong/dark/320x1900/es", "sidepanel/chat/light/320x720/ar"],
  "widest": ["tab/long/light/1600x900"],
};
