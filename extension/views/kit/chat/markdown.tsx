import { effect, type ReadonlySignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../../strings";
import { openAt, type Source } from "../knowledge/cited";
import type { App } from "../state/app";
import { useApp } from "../ui/context";
import { copy } from "../ui/copy";
import { Pace } from "./pace";

type Rich = typeof import("../markdown/rich");
let rich: Promise<Rich> | undefined;
let here: Rich | undefined; // once it is loaded, a text is drawn with the message that it is in

/** loadRich brings in the Markdown renderer, which the first paint does without. */
export function loadRich(): Promise<Rich> {
  rich ??= import("../markdown/rich").then((loaded) => (here = loaded));
  return rich;
}

/** Markdown shows a text that may still be growing. Its inside belongs to the Markdown renderer, not to Preact. */
export function Markdown(props: { text: ReadonlySignal<string>; final: boolean; sources?: Source[]; onPaint?: () => void }) {
  const app = useApp();
  const root = useRef<HTMLDivElement>(null);
  const { text, final, onPaint, sources } = props;
  const numbers = (sources ?? []).map((s) => s.n).join();
  useLayoutEffect(() => {
    let gone = false;
    let stop = () => undefined as void;
    const begin = ({ createLive }: Rich) => {
      if (gone || !root.current) return;
      const live = createLive(root.current);
      live.cited = new Set((sources ?? []).map((s) => s.n));
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
    };
    if (here) begin(here);
    else void loadRich().then(begin);
    return () => {
      gone = true;
      stop();
    };
  }, [text, final, numbers]);
  const click = (e: MouseEvent) => {
    copyCode(app, e);
    const number = (e.target as Element).closest("[data-cite]")?.getAttribute("data-cite");
    const source = sources?.find((s) => s.n === Number(number));
    if (source) app.library.open.value = openAt(source);
  };
  return <div ref={root} class="prose" onClick={click} />;
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
