// The actions of the page's menu: those that kAI brings, as the person changed them, and the person's own. All are prompts of the
// library; a changed one that kAI brings is a prompt of the same id. The menu itself is made from a copy, so that kAI need not run.
import type { Prompt } from "../gen/wire";
import { languageOf, type Language } from "../strings/languages";
import { actionIds, menuWords } from "../strings/menu";
import { filled } from "./template";

/** Action is what the menu needs of a prompt. */
export type Action = Pick<Prompt, "id" | "name" | "template" | "menu" | "page" | "hidden">;

/** menuKey is where the copy is, in chrome.storage.local: a list of Action. */
export const menuKey = "kai-menu";

/** languageKey is where the background finds which language the person chose, in chrome.storage.local. */
export const languageKey = "kai-language";

/** builtin are the actions that kAI brings, in a language. */
export function builtin(language: Language): readonly Action[] {
  return actionIds.map((id, i) => {
    const [name, template] = menuWords[language].actions[id];
    return { id, name, template, menu: i + 1, page: id === "menu-summarise-page" || undefined };
  });
}

/** isBuiltin tells whether kAI brings the action of that id. */
export const isBuiltin = (id: string): id is (typeof actionIds)[number] => actionIds.some((known) => known === id);

// A builtin one of which only the place was changed, says what it says in the language that is shown now.
function inLanguage<T extends Action>(action: T, language: Language): T {
  const id: string = action.id;
  if (!isBuiltin(id)) return action;
  const of = (l: Language) => menuWords[l].actions[id];
  const untouched = (Object.keys(menuWords) as Language[]).some((l) => of(l)[0] === action.name && of(l)[1] === action.template);
  return untouched ? { ...action, name: of(language)[0], template: of(language)[1] } : action;
}

/** isAction tells whether a prompt is for the page's menu, and not for the text box. */
export const isAction = (p: Action) => isBuiltin(p.id) || (p.menu ?? 0) > 0;

/** actionsOf are the actions of the menu in their order, given what is kept. */
export function actionsOf<T extends Action>(kept: readonly T[], language: Language): (T | Action)[] {
  const own = kept.filter(isAction).map((a) => inLanguage(a, language));
  const rest = builtin(language).filter((a) => !own.some((p) => p.id === a.id));
  return [...own, ...rest].filter((a) => !a.hidden).sort((a, b) => (a.menu ?? 0) - (b.menu ?? 0) || (a.id < b.id ? -1 : 1));
}

/** moved gives the actions whose place changes when one of them goes up or down, at their new places. */
export function moved<T extends Action>(actions: readonly T[], id: string, step: -1 | 1): T[] {
  const from = actions.findIndex((a) => a.id === id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= actions.length) return [];
  const next = [...actions];
  next.splice(to, 0, ...next.splice(from, 1));
  return next.map((a, i) => ({ ...a, menu: i + 1 })).filter((a) => a.menu !== actions.find((old) => old.id === a.id)?.menu);
}

/** copyOf is what is written for the menu. */
export function copyOf(prompts: readonly Prompt[]): Action[] {
  return prompts.filter(isAction).map(({ id, name, template, menu, page, hidden }) => ({ id, name, template, menu, page, hidden }));
}

/** readCopy reads it. What is no action, or was written by a later kAI in another way, is left out. */
export function readCopy(value: unknown): Action[] {
  if (!Array.isArray(value)) return [];
  return value.filter((a: Partial<Action> | null) => typeof a?.id === "string" && typeof a.name === "string" && typeof a.template === "string") as Action[];
}

/** titleOf writes an action's name as the browser's menus show it: there a & would be taken for a key. */
export function titleOf(action: Action, choice: string | undefined): string {
  return filled(action.name, { language: nameOf(choice) }).replaceAll("&", "&&");
}

/** nameOf is what the language that was chosen, else the browser's, is called in the language that is shown. */
export function nameOf(choice: string | undefined): string {
  const code = choice && choice !== "system" ? choice : chrome.i18n?.getUILanguage?.() ?? "en";
  return new Intl.DisplayNames([languageOf(choice)], { type: "language" }).of(code) ?? code;
}

/** places are what kAI fills in itself. */
export const places: readonly string[] = ["selection", "page", "title", "url", "language"];

const longest = 300; // characters of a title or address: the whole of it stands with the page's text

/**
 * askedOf fills the places of an action. A page's title and address are put in quotation marks, on one line. The place of what
 * was selected takes words for it alone: what a page says stays within the marks that part it from what the person says.
 */
export function askedOf(template: string, about: { title: string; url: string }, choice: string | undefined): string {
  const words = menuWords[languageOf(choice)];
  const quoted = (text: string) => `“${text.replace(/[\s“”]+/g, " ").trim().slice(0, longest)}”`;
  return filled(template, {
    selection: words.selection, page: words.page, title: quoted(about.title), url: quoted(about.url), language: nameOf(choice),
  });
}
