/*! draws with uPlot, (c) Leon Sorokin, MIT licence: https://github.com/leeoniya/uPlot/blob/1.6.32/LICENSE */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { at } from "../../strings/dashboard/times";

/** Line is one row of figures in a picture. ink and ground name colours of kit.css. */
export interface Line { ink: string; kind: "bars" | "line" | "steps"; filled?: boolean; dash?: number[] }

export interface PlotProps {
  lines: Line[];
  times: number[]; // the middle of each slot
  values: (number | null)[][]; // by line, then by slot
  from: number;
  until: number;
  label: string;
  count: (n: number) => string; // writes a figure at the axis
  steps: number[]; // distances that figures at the axis may have
  least: number; // the axis reaches this at least
  onPoint: (slot: number | undefined) => void;
}

const height = 136;
const together = uPlot.sync("dashboard");

/** Plot draws lines over time. It is made once; afterwards only what changed is drawn anew. */
export function Plot(props: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const now = useRef(props);
  now.current = props;
  useLayoutEffect(() => {
    const home = box.current!;
    const drawn = new uPlot(optionsOf(now, home), dataOf(props), home);
    plot.current = drawn;
    const sized = new ResizeObserver(() => drawn.setSize({ width: home.clientWidth, height }));
    sized.observe(home);
    const theme = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => drawn.redraw();
    theme.addEventListener("change", repaint);
    return () => {
      theme.removeEventListener("change", repaint);
      sized.disconnect();
      together.unsub(drawn);
      drawn.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(dataOf(props)), [props.times, props.values]);
  return <div class="plot" ref={box} role="img" aria-label={props.label} />;
}

function dataOf(p: PlotProps): uPlot.AlignedData {
  return [p.times, ...p.values];
}

function optionsOf(now: { current: PlotProps }, home: HTMLElement): uPlot.Options {
  const ink = (colour: string) => () => resolve(home, colour);
  const axis = { stroke: ink("var(--muted)"), font: `12px ${getComputedStyle(home).fontFamily}`, ticks: { show: false } };
  return {
    width: home.clientWidth, height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false }, sync: { key: together.key, setSeries: false } },
    scales: {
      x: { time: true, range: () => [now.current.from, now.current.until] },
      y: { range: (_, __, high) => [0, Math.max(now.current.least, (high ?? 0) * 1.1)] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 28, gap: 8, space: 64, values: (_, splits) => splits.map(at) },
      {
        ...axis, grid: { stroke: ink("var(--edge)"), width: 1 }, size: 52, gap: 6, space: 34, incrs: now.current.steps,
        values: (_, splits) => splits.map((n) => now.current.count(n)),
      },
    ],
    series: [{}, ...now.current.lines.map((line) => seriesOf(line, ink))],
    hooks: { setCursor: [(u) => now.current.onPoint(u.cursor.idx ?? undefined)] },
  };
}

function seriesOf(line: Line, ink: (colour: string) => () => string): uPlot.Series {
  const colour = ink(`var(${line.ink})`);
  const series: uPlot.Series = { stroke: colour, width: 1.75, spanGaps: false, points: { show: false } };
  if (line.dash) series.dash = line.dash;
  if (line.kind === "bars") return { ...series, width: 0, fill: colour, paths: uPlot.paths.bars!({ size: [0.72, 14], radius: 0.2 }) };
  if (line.kind === "steps") series.paths = uPlot.paths.stepped!({ align: 1 });
  if (line.filled) series.fill = ink(`color-mix(in srgb, var(${line.ink}) 14%, transparent)`);
  series.points = { show: true, size: 5, width: 0, fill: colour, filter: (u, i) => alone(u.data[i] as (number | null)[]) };
  return series;
}

// The newest figure has a dot, and so have those that no line reaches.
function alone(values: (number | null)[]): number[] {
  const dots: number[] = [];
  values.forEach((v, i) => {
    if (v !== null && (values[i + 1] ?? null) === null && (i === values.length - 1 || (values[i - 1] ?? null) === null || values.slice(i + 1).every((w) => w === null))) dots.push(i);
  });
  return dots;
}

// A canvas takes no variables: the page works out what colour it is at this moment.
function resolve(home: HTMLElement, colour: string): string {
  home.style.color = colour;
  const seen = getComputedStyle(home).color;
  home.style.color = "";
  return seen;
}
