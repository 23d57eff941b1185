// Which time the chart of an alert shows: from some time before it began to some time after its end, or now.

import type { Range } from "../chart/range";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Half as long before as it lasted, but an hour at least and a day at most. */
export function spanOf(began: number, ended: number | null, now: number): Range {
  const beside = Math.min(DAY_MS, Math.max(HOUR_MS, ((ended ?? now) - began) / 2));
  const to = ended === null ? now : Math.min(now, ended + beside);
  return { from: Math.round(began - beside), to: Math.round(to), preset: null, moving: to === now };
}
