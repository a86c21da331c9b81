// What a version brought, for whoever had an earlier one: a few lines of CHANGELOG.md in each language. Loaded after an update alone.
import type { Language } from "./languages";

/** News are the lines of a version in each language. */
export type News = Record<Language, string[]>;

/** news are the lines of each version that has any. A version without an entry has no news. */
export const news: { [version: string]: News } = {
  "0.1.0": {
    en: [
      "kAI speaks English, German, Spanish, French and Simplified Chinese: Settings, Appearance.",
      "Tools, with your consent, and answers from your own documents.",
      "Your conversations from other assistants come along: Settings, Move in.",
      "A help page, and a tour of three steps.",
    ],
    de: [
      "kAI spricht Deutsch, Englisch, Spanisch, Französisch und vereinfachtes Chinesisch: Einstellungen, Aussehen.",
      "Werkzeuge, mit deiner Zustimmung, und Antworten aus deinen eigenen Dokumenten.",
      "Deine Unterhaltungen aus anderen Assistenten kommen mit: Einstellungen, Umziehen.",
      "Eine Hilfeseite und ein Rundgang in drei Schritten.",
    ],
    es: [
      "kAI habla español, inglés, alemán, francés y chino simplificado: Ajustes, Aspecto.",
      "Herramientas, con tu permiso, y respuestas con tus propios documentos.",
      "Tus conversaciones de otros asistentes vienen contigo: Ajustes, Mudanza.",
      "Una página de ayuda y un recorrido de tres pasos.",
    ],
    fr: [
      "kAI parle français, anglais, allemand, espagnol et chinois simplifié : Réglages, Apparence.",
      "Des outils, avec votre accord, et des réponses tirées de vos documents.",
      "Vos conversations d’autres assistants viennent avec vous : Réglages, Emménager.",
      "Une page d’aide et une visite en trois étapes.",
    ],
    "zh-Hans": [
      "kAI 支持简体中文、英语、德语、西班牙语和法语：设置 → 外观。",
      "经你同意使用工具，并根据你自己的文档回答。",
      "其他助手中的对话可以带过来：设置 → 迁入。",
      "新增帮助页面和三步导览。",
    ],
  },
};
