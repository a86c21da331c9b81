import { effect, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../../strings";
import type { App } from "../state/app";
import { useApp } from "../ui/context";
import { copy } from "../ui/copy";
import { Pace } from "./pace";

type Rich = typeof import("../markdown/rich");
let rich: Promise<Rich> | undefined;

/** loadRich brings in the Markdown renderer, which the first paint does without. */
export function loadRich(): Promise<Rich> {
  rich ??= import("../markdown/rich");
  return rich;
}

/** Markdown shows a text that may still be growing. Its inside belongs to the Markdown renderer, not to Preact. */
export function Markdown(props: { text: ReadonlySignal<string>; final: boolean; onPaint?: () => void }) {
  const app = useApp();
  const root = useRef<HTMLDivElement>(null);
  const { text, final, onPaint } = props;
  useEffect(() => {
    let gone = false;
    let stop = () => undefined as void;
    void loadRich().then(({ createLive }) => {
      if (gone || !root.current) return;
      const live = createLive(root.current);
      const pace = new Pace(() => {
        live.update(text.peek(), final);
        onPaint?.();
      });
      const unwatch = effect(() => {
        void text.value;
        pace.want();
      });
      stop = () => {
        unwatch();
        pace.stop();
      };
    });
    return () => {
      gone = true;
      stop();
    };
  }, [text, final]);
  return <div ref={root} class="prose" onClick={(e) => copyCode(app, e)} />;
}

function copyCode(app: App, event: MouseEvent): void {
  const button = (event.target as Element).closest("[data-copy]");
  const code = button?.closest(".code")?.querySelector("code");
  if (!button || !code) return;
  void copy(app, code.textContent ?? "").then((done) => {
    if (!done) return;
    button.classList.add("done");
    button.setAttribute("aria-label", t.chat.copied);
    setTimeout(() => {
      button.classList.remove("done");
      button.setAttribute("aria-label", t.chat.copyCode);
    }, 1500);
  });
}
