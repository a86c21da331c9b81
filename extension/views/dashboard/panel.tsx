import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useMemo } from "preact/hooks";
import { t } from "../../strings/dashboard";
import { at } from "../../strings/dashboard/times";
import { Plot, type Line } from "./plot";
import { rowsOf, type Grid, type Slot } from "./series";

/** Column is a row of figures: what it is called, its line, and its figure in a slot. */
export interface Column { name: string; line: Line; of: (s: Slot | null) => number | null }

export interface PanelProps {
  title: string;
  figure: string;
  unit: string;
  grid: Grid;
  columns: Column[];
  summary: string; // in words, for whoever does not see the picture
  note?: string; // in the place of a legend, where there is one column only
  empty?: string | false; // said in the picture's place of figures
  write: (n: number) => string; // a figure with its unit
  count?: (n: number) => string; // at the axis
  steps: number[];
  least: number;
}

/** Panel is one picture over time with its newest figure, and the same as a table. */
export function Panel(p: PanelProps) {
  const pointed = useSignal<number | undefined>(undefined);
  const { times, values } = useMemo(() => ({
    times: p.grid.slots.map((_, i) => p.grid.from + (i + 0.5) * p.grid.length),
    values: p.columns.map((c) => p.grid.slots.map((s) => c.of(s))),
  }), [p.grid]);
  return (
    <Frame title={p.title} figure={p.figure} unit={p.unit}>
      <div class="plot-place">
        <Plot
          lines={p.columns.map((c) => c.line)} times={times} values={values} from={p.grid.from} until={p.grid.until} label={`${p.title}: ${p.summary}`}
          count={p.count ?? p.write} steps={p.steps} least={p.least} onPoint={(slot) => (pointed.value = slot)}
        />
        {p.empty && <p class="plot-empty aside">{p.empty}</p>}
      </div>
      <Legend panel={p} pointed={pointed} />
      <Table panel={p} />
    </Frame>
  );
}

/** Frame is the outline that all panels have. */
export function Frame(p: { title: string; figure: string; unit: string; wide?: boolean; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class={`panel ${p.wide ? "wide" : ""}`} aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{p.title}</h2>
        {p.figure && <p class="panel-figure"><strong>{p.figure}</strong> {p.unit}</p>}
      </header>
      {p.children}
    </section>
  );
}

// Tells the figures at the moment that is pointed at, else the newest. The table and the summary tell them to everybody else.
function Legend({ panel, pointed }: { panel: PanelProps; pointed: { value: number | undefined } }) {
  const { grid, columns } = panel;
  const place = useComputed(() => pointed.value).value;
  const slot = place === undefined ? undefined : grid.slots[place];
  return (
    <div class="legend" aria-hidden="true">
      {columns.map((c) => {
        const n = slot === undefined ? null : c.of(slot);
        if (columns.length === 1) return <span key={c.name}>{n === null ? panel.note : <b>{panel.write(n)}</b>}</span>;
        return (
          <span key={c.name} class={`legend-line ${c.line.kind}`}>
            <svg viewBox="0 0 16 8" class="swatch"><path d="M1 4h14" class={`ink${c.line.ink}`} stroke-dasharray={c.line.dash ? "4 3" : undefined} /></svg>
            {c.name}{n !== null && <b>{panel.write(n)}</b>}
          </span>
        );
      })}
      <time>{place === undefined ? "" : at(grid.from + place * grid.length)}</time>
    </div>
  );
}

function Table({ panel }: { panel: PanelProps }) {
  const open = useSignal(false);
  return (
    <details class="as-table" onToggle={(e) => (open.value = e.currentTarget.open)}>
      <summary aria-label={t.tableOf(panel.title)}>{t.table}</summary>
      {open.value && (
        <table>
          <thead>
            <tr><th scope="col">{t.time}</th>{panel.columns.map((c) => <th key={c.name} scope="col">{c.name}</th>)}</tr>
          </thead>
          <tbody>
            {rowsOf(panel.grid).map(({ time, slot }) => (
              <tr key={time}>
                <th scope="row">{at(time)}</th>
                {panel.columns.map((c) => {
                  const n = c.of(slot);
                  return <td key={c.name}>{n === null ? t.none : panel.write(n)}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
