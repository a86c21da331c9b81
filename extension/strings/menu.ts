// The words of the browser's own menus. They are apart from the catalogues because the background makes these menus, which shows
// nothing else. Each menu's action has its name and what is asked of the model, which so answers in the person's language.
import type { Language } from "./languages";

/** MenuWords are the words of one language. */
export interface MenuWords {
  openPopup: string;
  openPanel: string;
  openTab: string;
  askPage: string;
  /** %s is what is selected. */
  askSelection: string;
  /** %s is what was typed into the address bar. */
  ask: string;
  selection: string;
  page: string;
  actions: Record<(typeof actionIds)[number], Asked>;
}

/** actionIds are the actions that kAI brings, in their order. */
export const actionIds = ["menu-summarise-page", "menu-summarise", "menu-explain", "menu-translate", "menu-rewrite"] as const;

/** Asked is an action's name, and what it asks. */
export type Asked = [name: string, template: string];

/** menuWords are the words in each language. */
export const menuWords: Record<Language, MenuWords> = {
  en: {
    openPopup: "Open kAI in a popup",
    openPanel: "Open kAI in the side panel",
    openTab: "Open kAI in a tab",
    askPage: "Ask kAI about this page",
    askSelection: "Ask kAI about “%s”",
    ask: "Ask kAI: %s",
    selection: "the selected text",
    page: "the page's text",
    actions: {
      "menu-summarise-page": ["Summarise this page", "Summarise this page in five points."],
      "menu-summarise": ["Summarise", "Summarise this."],
      "menu-explain": ["Explain", "Explain this in simple terms."],
      "menu-translate": ["Translate into {{language}}", "Translate this into {{language}}."],
      "menu-rewrite": ["Improve the wording", "Improve the wording of this and keep its meaning."],
    },
  },
  de: {
    openPopup: "kAI in einem Popup öffnen",
    openPanel: "kAI in der Seitenleiste öffnen",
    openTab: "kAI in einem Tab öffnen",
    askPage: "kAI zu dieser Seite fragen",
    askSelection: "kAI fragen: „%s“",
    ask: "kAI fragen: %s",
    selection: "der ausgewählte Text",
    page: "der Text der Seite",
    actions: {
      "menu-summarise-page": ["Diese Seite zusammenfassen", "Fasse diese Seite in fünf Punkten zusammen."],
      "menu-summarise": ["Zusammenfassen", "Fasse das zusammen."],
      "menu-explain": ["Erklären", "Erkläre das in einfachen Worten."],
      "menu-translate": ["Übersetzen ({{language}})", "Übersetze das in diese Sprache: {{language}}."],
      "menu-rewrite": ["Besser formulieren", "Formuliere das besser, ohne den Sinn zu ändern."],
    },
  },
  es: {
    openPopup: "Abrir kAI en una ventana emergente",
    openPanel: "Abrir kAI en el panel lateral",
    openTab: "Abrir kAI en una pestaña",
    askPage: "Preguntar a kAI sobre esta página",
    askSelection: "Preguntar a kAI sobre «%s»",
    ask: "Preguntar a kAI: %s",
    selection: "el texto seleccionado",
    page: "el texto de la página",
    actions: {
      "menu-summarise-page": ["Resumir esta página", "Resume esta página en cinco puntos."],
      "menu-summarise": ["Resumir", "Resume esto."],
      "menu-explain": ["Explicar", "Explica esto con palabras sencillas."],
      "menu-translate": ["Traducir al {{language}}", "Traduce esto al {{language}}."],
      "menu-rewrite": ["Mejorar la redacción", "Mejora la redacción de esto sin cambiar su sentido."],
    },
  },
  fr: {
    openPopup: "Ouvrir kAI dans une fenêtre contextuelle",
    openPanel: "Ouvrir kAI dans le panneau latéral",
    openTab: "Ouvrir kAI dans un onglet",
    askPage: "Interroger kAI sur cette page",
    askSelection: "Interroger kAI sur « %s »",
    ask: "Demander à kAI : %s",
    selection: "le texte sélectionné",
    page: "le texte de la page",
    actions: {
      "menu-summarise-page": ["Résumer cette page", "Résume cette page en cinq points."],
      "menu-summarise": ["Résumer", "Résume ceci."],
      "menu-explain": ["Expliquer", "Explique ceci en termes simples."],
      "menu-translate": ["Traduire ({{language}})", "Traduis ceci dans la langue suivante : {{language}}."],
      "menu-rewrite": ["Améliorer la formulation", "Améliore la formulation de ceci en gardant son sens."],
    },
  },
  "zh-Hans": {
    openPopup: "在弹出窗口中打开 kAI",
    openPanel: "在侧边栏中打开 kAI",
    openTab: "在标签页中打开 kAI",
    askPage: "就此页面询问 kAI",
    askSelection: "就“%s”询问 kAI",
    ask: "询问 kAI：%s",
    selection: "选中的文字",
    page: "页面的文字",
    actions: {
      "menu-summarise-page": ["总结此页面", "用五个要点总结此页面。"],
      "menu-summarise": ["总结", "总结这段内容。"],
      "menu-explain": ["解释", "用通俗的话解释这段内容。"],
      "menu-translate": ["翻译成{{language}}", "把这段内容翻译成{{language}}。"],
      "menu-rewrite": ["改进措辞", "在不改变意思的前提下改进这段文字的措辞。"],
    },
  },
};
