import { t } from "../../../strings";
import { elapsed } from "../../../strings/format";
import { useAsk } from "../chat/ask";
import { siteOf } from "../../../page/tab";
import { grant } from "../page/capture";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { MicrophoneIcon } from "../ui/icons";
import { longest, recognition, type Means, type Trouble } from "./dictation";
import { usable, type Failure } from "./endpoint";
import type { Kept } from "./voice";

/** meansOf is by what speech becomes text, if it does. */
export function meansOf({ hears, hearer }: Kept): Means | undefined {
  if (hears === "browser") return recognition() ? { by: "browser", language: document.documentElement.lang || navigator.language } : undefined;
  return hears === "server" && hearer && usable(hearer.url) ? { by: "server", server: hearer } : undefined;
}

/** Dictate is the button that has a question written down as it is said. */
export function Dictate() {
  const app = useApp();
  const { dictation } = useAsk();
  const means = meansOf(app.voice.kept.value);
  if (!means || app.webApp) return null;
  const on = dictation.state.value !== "off";
  const press = async () => {
    if (on) return dictation.finish();
    app.voice.stop();
    if (means.by === "server") await grant([siteOf(means.server.url)]).catch(() => false); // in the click itself; this computer is allowed already
    dictation.start(means);
  };
  return (
    <IconButton
      label={on ? t.dictation.finish : t.dictation.start} class={on ? "chosen" : ""} aria-pressed={on}
      aria-busy={dictation.state.value === "writing"} onClick={() => void press()}
    >
      <MicrophoneIcon />
    </IconButton>
  );
}

/** Heard shows that somebody listens, for how long and how loud it is, and what was heard last. */
export function Heard() {
  const ask = useAsk();
  const { dictation } = ask;
  const state = dictation.state.value;
  if (state === "off") return null;
  return (
    <div class="heard" role="group" aria-label={t.dictation.start}>
      {state === "hearing" && <Level />}
      <p class="aside clip grow" role="status">{dictation.interim.value || t.dictation.states[state]}</p>
      {state === "hearing" && <span class="aside" role="timer">{t.dictation.time(elapsed(dictation.seconds.value), elapsed(longest))}</span>}
      <Button tone="quiet" class="small" onClick={() => ask.cancelDictation()}>{t.app.cancel}</Button>
    </div>
  );
}

function Level() {
  const { dictation } = useAsk();
  const level = dictation.level.value;
  if (level === undefined) return null;
  return <meter class="level" aria-label={t.dictation.level} min={0} max={1} value={level} />;
}

/** troubleWords says why nothing was written down. */
export function troubleWords(why: Trouble, status: number): string {
  const server = t.dictation.serverTrouble[why as Failure] as ((who: string, status: number) => string) | undefined;
  return server ? server(t.dictation.listener, status) : t.dictation.trouble[why as Exclude<Trouble, Failure>];
}
