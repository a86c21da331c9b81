import { counted } from "./format";

const count = (n: number, noun: string) => counted(n, { one: noun, other: `${noun}s` });

/** debug is the catalogue of the debug tools. They are for those who work on kAI, and in English alone. */
export const debug = {
  title: "kAI debug tools",
  session: (id: string, since: string) => `Session ${id}, since ${since}`,
  tool: "Tool",
  tools: { database: "Database", log: "Log" } as Record<string, string>,
  noDatabase: "There is no database yet. It is made when kAI is opened the first time; reload this page then.",
  counting: "Counting…",
  stores: "Object stores",
  storeHeads: ["Store", "Records", "Deleted", "Leaves", "Text", "Index entries"],
  recordsOf: (store: string) => `Records in ${store}`,
  noRecords: "Nothing is in it.",
  more: "More",
  deleted: "deleted",
  version: "Version",
  number: "Number in the feed",
  changes: "Changes as they come",
  noChanges: "Nothing has changed since this page was opened.",
  check: "Check integrity",
  stop: "Stop",
  checking: (n: number) => `Checking… ${count(n, "record")}`,
  sound: (n: number) => `All is as it must be in ${count(n, "record")}.`,
  unsound: (n: number) => `${count(n, "thing")} ${n === 1 ? "is" : "are"} not as they must be. Export everything before you go on.`,
  troubles: {
    order: "records are not in order", length: "the text is longer or shorter than said", body: "the body is not JSON",
    version: "the version cannot be read", number: "two records have one number", feed: "the change feed does not fit",
    index: "an index does not fit",
  } as Record<string, string>,
  exportAll: "Export as JSON lines",
  context: "Context",
  all: "All",
  level: "From level",
  levels: { debug: "Debug", info: "Info", warn: "Warning", error: "Error" } as Record<string, string>,
  search: "Search",
  exportLog: "Export",
  noLines: "No context has written anything yet.",
  noMatch: "Nothing matches.",
  lines: (n: number, of: number) => (n === of ? count(n, "line") : `${count(n, "line")} of ${of}`),
};
