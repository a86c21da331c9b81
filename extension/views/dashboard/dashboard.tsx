import { signal } from "@preact/signals";
import { render } from "preact";
import { useMemo } from "preact/hooks";
import type { Snapshot } from "../../gen/wire";
import { speak, t } from "../../strings/dashboard";
import { at, since } from "../../strings/dashboard/times";
import { language } from "../../strings/format";
import { address } from "../../strings/languages";
import { read } from "../kit/state/remember";
import { setTheme } from "../kit/theme";
import { Notice } from "../kit/ui/banner";
import { BackIcon } from "../kit/ui/icons";
import { Queue, Requests, Size, Speed } from "./panels";
import { gridOf, type Range, type Series } from "./series";
import { Parts, Services } from "./strips";
import { Watch } from "./watch";

const ranges = ["hour", "day"] as const;
const range = signal<Range>(location.hash === "#day" ? "day" : "hour");

/** Page is the whole dashboard. */
function Page({ watch }: { watch: Watch }) {
  const series = watch.series.value;
  return (
    <main class="dashboard" aria-label={t.title}>
      <header class="dashboard-head">
        <a class="icon-button" href="/" aria-label={t.back} title={t.back}><BackIcon /></a>
        <h1>{t.title}</h1>
        <p class="aside">{series ? t.since(since(Date.parse(series.began) / 1000), at(watch.moment.value)) : t.asking}</p>
        <Ranges />
      </header>
      <Trouble watch={watch} />
      {series && <Panels series={series} range={range.value} />}
    </main>
  );
}

function Ranges() {
  const choose = (name: Range) => {
    range.value = name;
    history.replaceState(null, "", name === "day" ? "#day" : location.pathname);
  };
  return (
    <fieldset class="segments">
      <legend class="unseen">{t.range}</legend>
      <div>
        {ranges.map((name) => (
          <label key={name}>
            <input type="radio" name="range" checked={range.value === name} onChange={() => choose(name)} />
            <span>{t.ranges[name]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Trouble({ watch }: { watch: Watch }) {
  switch (watch.trouble.value) {
    case "away":
      return <Notice tone="warn">{t.away(watch.moment.value ? at(watch.moment.value) : "")}</Notice>;
    case "locked":
      return <Notice tone="warn" action={<a class="button plain small" href="/">{t.unlock}</a>}>{t.locked}</Notice>;
    case "signedOut":
      return <Notice tone="warn" action={<a class="button plain small" href="/">{t.signIn}</a>}>{t.signedOut}</Notice>;
    default:
      return null;
  }
}

function Panels({ series, range }: { series: Series; range: Range }) {
  const grid = useMemo(() => gridOf(series, range), [series, range]);
  return (
    <div class="panels">
      <Services steps={series.steps} grid={grid} />
      <Requests grid={grid} range={range} />
      <Speed grid={grid} />
      <Queue grid={grid} />
      <Size grid={grid} what="memory" />
      <Size grid={grid} what="storage" />
      <Parts steps={series.steps} grid={grid} />
    </div>
  );
}

async function begin(): Promise<void> {
  const root = document.getElementById("app");
  if (!root) throw new Error("the page has no place for the dashboard");
  const settings = read<Partial<Snapshot>>("kai-snapshot")?.settings;
  setTheme(settings?.theme);
  await speak(settings?.language);
  address(language.value);
  document.title = `${t.title} – kAI`;
  const watch = new Watch();
  render(<Page watch={watch} />, root);
  watch.begin();
}

void begin();
