import { t } from "../../strings/dashboard";
import { at } from "../../strings/dashboard/times";
import { Frame } from "./panel";
import { upPart, within, type Grid, type Strip } from "./series";

/** Services shows how the services of this computer were that kai watches, with what they say of themselves. */
export function Services({ steps, grid }: { steps: Strip[]; grid: Grid }) {
  const watched = steps.filter((s) => t.services.names[s.step]);
  const up = watched.filter((s) => s.state === "ready").length;
  return (
    <Frame title={t.services.title} figure={watched.length > 0 ? String(up) : ""} unit={t.services.unit(watched.length)}>
      {watched.length > 0 ? <Strips steps={watched} grid={grid} nameOf={(step) => t.services.names[step] ?? step} down={t.down} told /> : <p class="aside">{t.services.empty}</p>}
    </Frame>
  );
}

/** Parts shows how the parts of kai itself were. */
export function Parts({ steps, grid }: { steps: Strip[]; grid: Grid }) {
  const own = steps.filter((s) => !t.services.names[s.step]);
  return (
    <Frame title={t.parts.title} figure={String(own.filter((s) => s.state === "ready").length)} unit={t.services.unit(own.length)} wide>
      <Strips steps={own} grid={grid} nameOf={(step) => t.parts.names[step] ?? step} down={t.states.degraded!} />
    </Frame>
  );
}

function Strips(p: { steps: Strip[]; grid: Grid; nameOf: (step: string) => string; down: string; told?: boolean }) {
  return (
    <>
      <ul class="strips" role="list">
        {p.steps.map((s) => <Row key={s.step} strip={s} grid={p.grid} name={p.nameOf(s.step)} down={p.down} told={p.told} />)}
      </ul>
      <p class="strip-times aside" aria-hidden="true"><span>{at(p.grid.from)}</span><span>{at(p.grid.until)}</span></p>
    </>
  );
}

// What is well fills the strip, all else only its foot: the picture can be read without its colours.
function Row({ strip, grid, name, down, told }: { strip: Strip; grid: Grid; name: string; down: string; told?: boolean }) {
  const state = strip.state || "off";
  const word = state === "degraded" ? down : t.states[state] ?? state;
  const spans = within(strip.spans, grid.from, grid.until);
  const up = upPart(spans);
  const said = up === undefined ? "" : t.up(up);
  const detail = told || state !== "ready" ? strip.detail : "";
  const tone = state === "ready" ? "good" : state === "degraded" || state === "failed" ? "warn" : "";
  return (
    <li class="strip">
      <span class="strip-name">{name}</span>
      <span class={`badge ${tone}`}>{word}</span>
      <svg class="strip-picture" viewBox={`0 0 ${grid.until - grid.from} 10`} preserveAspectRatio="none" role="img" aria-label={t.strip(name, word, said)}>
        {spans.map((s) => (
          <rect key={s.from} class={`state ${s.state}`} x={s.from - grid.from} width={s.until - s.from} y={s.state === "ready" ? 0 : 5} height={s.state === "ready" ? 10 : 5} />
        ))}
      </svg>
      {detail && <span class="strip-detail aside">{detail}</span>}
    </li>
  );
}
