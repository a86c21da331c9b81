import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { frontTab, mayRead } from "../../../page/tab";
import { t } from "../../../strings";
import { useApp } from "../ui/context";
import { browserSource, pageTool } from "./own";

/** Leave is what the browser has to be asked for, and whose pages those are. */
interface Leave {
  origins: string[];
  host: string;
}

/**
 * usePageLeave says what leave of the browser a call that reads the page lacks. It is known before the person presses a button,
 * because the browser may be asked within the press alone.
 */
export function usePageLeave(name: string): Leave | undefined {
  const app = useApp();
  const lacks = useSignal<Leave | undefined>(undefined);
  useEffect(() => {
    if (app.webApp || name !== pageTool.name || !app.tools.on.peek().some((o) => o.name === name && o.source === browserSource)) return;
    void frontTab("current").then(async (tab) => {
      const may = await mayRead(tab);
      if (may === true || may === undefined) return;
      lacks.value = may.origin ? { origins: [`${may.origin}/*`], host: new URL(may.origin).host } : { origins: ["*://*/*"], host: t.tools.anyPage };
    }, () => undefined);
  }, [name]);
  return lacks.value;
}
