// What stands beside the values in a drawing: a limit across it, and moments up and down.

import uPlot from "uplot";

export interface Mark {
  at: number; // ms UTC
  name: string;
}

export interface Around {
  limit: number | null; // in the unit of the values; null: none is drawn
  marks: Mark[];
}

const FONT_PX = 12;
const DASH = [6, 4];
const ROOM = 0.1; // beyond the lowest and the highest

/** The limit is always within what is shown, however far the values lie from it. */
export function valueRange(limit: number | null): uPlot.Range.Config | uPlot.Range.Function {
  const room = { min: { pad: ROOM }, max: { pad: ROOM } };
  if (limit === null) return room;
  return (_plot, low, high) => uPlot.rangeNum(Math.min(low ?? limit, limit), Math.max(high ?? limit, limit), room);
}

export function drawLimit(plot: uPlot, limit: number | null, colour: string): void {
  if (limit === null) return;
  const { left, width } = plot.bbox;
  const y = plot.valToPos(limit, "y", true);
  stroke(plot, colour, 1.5, DASH, [left, y], [left + width, y]);
}

/** Each with its name beside it, on the side where there is room. */
export function drawMarks(plot: uPlot, marks: Mark[], colour: string, font: string): void {
  const { left, top, width, height } = plot.bbox;
  const { ctx } = plot;
  const px = uPlot.pxRatio;
  marks.forEach(({ at, name }, line) => {
    const x = plot.valToPos(at / 1000, "x", true);
    if (x < left || x > left + width) return;
    stroke(plot, colour, 1.5, [], [x, top], [x, top + height]);
    ctx.save();
    ctx.font = `${FONT_PX * px}px ${font}`;
    ctx.fillStyle = colour;
    const right = x + ctx.measureText(name).width + 5 * px > left + width;
    ctx.textAlign = right ? "right" : "left";
    ctx.textBaseline = "top";
    ctx.fillText(name, x + (right ? -5 : 5) * px, top + (2 + line * (FONT_PX + 4)) * px);
    ctx.restore();
  });
}

type Place = [x: number, y: number];

function stroke({ ctx }: uPlot, colour: string, width: number, dash: number[], from: Place, to: Place): void {
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = width * uPlot.pxRatio;
  ctx.setLineDash(dash.map((length) => length * uPlot.pxRatio));
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
  ctx.restore();
}
