// The drawing itself, on uPlot; loaded only where a chart is shown. A bucket without a value is null, never NaN.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Buckets } from "../api/types";
import { clockTime, date, number, year } from "../text/format";
import { type Around, drawLimit, drawMarks, valueRange } from "./around";
import { isolated } from "./buckets";

const AVERAGE = 2; // place among the series: x, lowest, average, highest

export interface Ears {
  looked(place: number | null): void; // a bucket under the pointer
  zoomed(from: number, to: number): void;
}

export interface Drawing {
  update(buckets: Buckets, from: number, to: number): void;
  look(place: number): void;
  remove(): void;
}

/** As large as the element is; that has a height of its own. */
export function draw(element: HTMLElement, zone: string, unit: string, around: Around, ears: Ears): Drawing {
  let told = false; // where to look: then it says nothing of its own
  const looked = (place: number | null): void => (told ? undefined : ears.looked(place));
  const plot = new uPlot(options(element, zone, unit, around, { ...ears, looked }), [[], [], [], []], element);
  const sized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: element.clientHeight }));
  sized.observe(element);
  return {
    update(buckets, from, to) {
      const middle = buckets.step_s / 2;
      const x = buckets.at.map((at) => at / 1000 + middle);
      plot.batch(() => {
        plot.setData([x, buckets.min, buckets.avg, buckets.max]);
        plot.setScale("x", { min: from / 1000, max: Math.max(to / 1000, (x.at(-1) ?? 0) + middle) });
      });
    },
    look(place) {
      const x = plot.data[0][place];
      if (x === undefined) return;
      told = true;
      plot.setCursor({ left: Math.min(plot.over.clientWidth, Math.max(0, plot.valToPos(x, "x"))), top: 0 });
      told = false;
    },
    remove() {
      sized.disconnect();
      plot.destroy();
    },
  };
}

function options(element: HTMLElement, zone: string, unit: string, around: Around, ears: Ears): uPlot.Options {
  const colour = (name: string): string => getComputedStyle(element).getPropertyValue(name).trim();
  const line = resolved(element, "--focus");
  const edge = resolved(element, "--line");
  const [limit, mark] = [resolved(element, "--critical"), resolved(element, "--ink")];
  const axis: uPlot.Axis = {
    stroke: resolved(element, "--ink-2"),
    font: `12px ${colour("--font")}`,
    grid: { stroke: resolved(element, "--line-2"), width: 1 },
    ticks: { stroke: edge, width: 1, size: 5 },
  };
  const quiet: uPlot.Series = { stroke: resolved(element, "--band"), width: 1, points: { show: false } };
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    padding: [12, 8, 0, 0],
    legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    scales: { x: { time: true, auto: false }, y: { range: valueRange(around.limit) } },
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
    series: [
      {},
      quiet,
      {
        stroke: line,
        width: 1.75,
        points: { show: true, size: 5, fill: line, filter: (plot) => isolated(plot.data[AVERAGE] as (number | null)[]) },
      },
      quiet,
    ],
    bands: [{ series: [3, 1], fill: resolved(element, "--band") }],
    axes: [
      { ...axis, size: 36, space: 64, values: (_plot, splits) => splits.map((seconds) => timeLabel(seconds * 1000, zone)) },
      { ...axis, size: valueWidth, values: (_plot, splits) => valueLabels(splits, unit) },
    ],
    hooks: {
      drawClear: [(plot) => shadeEmpty(plot, resolved(element, "--stale-bg"))],
      draw: [
        (plot) => drawLoneBands(plot, line),
        (plot) => drawLimit(plot, around.limit, limit),
        (plot) => drawMarks(plot, around.marks, mark, colour("--font")),
      ],
      setCursor: [(plot) => ears.looked(plot.cursor.idx ?? null)],
      setSelect: [(plot) => select(plot, ears)],
    },
  };
}

/** A canvas knows no light-dark(): the colour as the browser works it out for an element that uses it. */
function resolved(element: HTMLElement, name: string): string {
  element.style.color = `var(${name})`;
  const colour = getComputedStyle(element).color;
  element.style.color = "";
  return colour;
}

function timeLabel(at: number, zone: string): string {
  const time = clockTime(at, zone);
  if (time !== "00:00") return time;
  const day = date(at, zone);
  return day.startsWith("1 Jan") ? year(at, zone) : day;
}

/** The unit stands with the highest number, as on a gauge. */
function valueLabels(splits: number[], unit: string): string[] {
  return splits.map((value, i) => (unit && i === splits.length - 1 ? `${number(value)} ${unit}` : number(value)));
}

function valueWidth(_plot: uPlot, labels: string[] | null): number {
  const longest = Math.max(2, ...(labels ?? []).map((label) => label.length));
  return 18 + longest * 7;
}

/** Where nothing was measured the ground itself is grey: no line is drawn over it, and nobody takes it for zero. */
function shadeEmpty(plot: uPlot, colour: string): void {
  const { left, top, width, height } = plot.bbox;
  const [x, values] = [plot.data[0], plot.data[AVERAGE] as (number | null)[]];
  const half = ((x[1] ?? 0) - (x[0] ?? 0)) / 2;
  plot.ctx.fillStyle = colour;
  for (let i = 0; i < x.length; i++) {
    if (values[i] !== null) continue;
    const first = i;
    while (i + 1 < x.length && values[i + 1] === null) i++;
    const from = Math.max(left, plot.valToPos((x[first] as number) - half, "x", true));
    const to = Math.min(left + width, plot.valToPos((x[i] as number) + half, "x", true));
    if (to > from) plot.ctx.fillRect(from, top, to - from, height);
  }
}

/** The band of a bucket without neighbours has no width: a stroke from its lowest to its highest stands for it. */
function drawLoneBands(plot: uPlot, colour: string): void {
  const [x, low, average, high] = plot.data as [number[], (number | null)[], (number | null)[], (number | null)[]];
  plot.ctx.strokeStyle = colour;
  plot.ctx.lineWidth = uPlot.pxRatio;
  for (const i of isolated(average)) {
    const at = plot.valToPos(x[i] as number, "x", true);
    plot.ctx.beginPath();
    plot.ctx.moveTo(at, plot.valToPos(low[i] as number, "y", true));
    plot.ctx.lineTo(at, plot.valToPos(high[i] as number, "y", true));
    plot.ctx.stroke();
  }
}

function select(plot: uPlot, ears: Ears): void {
  const { left, width } = plot.select;
  if (width > 8) ears.zoomed(plot.posToVal(left, "x") * 1000, plot.posToVal(left + width, "x") * 1000);
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}
