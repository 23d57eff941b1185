// What a chart, its table and its summary say about buckets. Pure; a bucket without a value is null in all three.

import type { Buckets } from "../api/types";

const STEPS_S = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
const PIXELS_A_BUCKET = 2;
const MOST = 1_000; // half of what the server gives

export interface Gap {
  from: number; // ms UTC, start of the first bucket without a value
  to: number; // end of the last one
}

export interface Summary {
  low: number;
  high: number;
  average: number; // over readings, not over buckets
  last: number;
  gaps: Gap[];
  longest: number; // ms, 0 without a gap
}

/** Never finer than two expected intervals: a bucket between two readings would look like a gap. */
export function stepFor(spanMs: number, width: number, interval_s: number | null): number {
  const many = Math.min(MOST, Math.max(1, width / PIXELS_A_BUCKET));
  const finest = Math.max(spanMs / 1000 / many, 2 * (interval_s ?? 0));
  return STEPS_S.find((step) => step >= finest) ?? (STEPS_S.at(-1) as number);
}

/** A new reading laid over the buckets, so that an open chart lives without being read again. */
export function fold(buckets: Buckets, at: number, value: number | null): Buckets {
  const first = buckets.at[0];
  if (value === null || first === undefined) return buckets;
  const place = Math.floor((at - first) / (buckets.step_s * 1000));
  if (place < 0 || place >= buckets.at.length + MOST) return buckets;
  const grown = grow(buckets, place + 1);
  const count = grown.count[place] as number;
  grown.min[place] = Math.min(grown.min[place] ?? value, value);
  grown.max[place] = Math.max(grown.max[place] ?? value, value);
  grown.avg[place] = ((grown.avg[place] ?? 0) * count + value) / (count + 1);
  grown.count[place] = count + 1;
  return grown;
}

function grow(buckets: Buckets, length: number): Buckets {
  const more = Math.max(0, length - buckets.at.length);
  const nulls = Array<null>(more).fill(null);
  const last = buckets.at.at(-1) as number;
  const step = buckets.step_s * 1000;
  return {
    ...buckets,
    to: Math.max(buckets.to, last + (more + 1) * step),
    at: [...buckets.at, ...nulls.map((_, i) => last + (i + 1) * step)],
    min: [...buckets.min, ...nulls],
    avg: [...buckets.avg, ...nulls],
    max: [...buckets.max, ...nulls],
    count: [...buckets.count, ...nulls.map(() => 0)],
  };
}

/** Runs without a value between two values: what lies before the first and after the last is no gap yet. */
export function gaps({ at, avg, step_s }: Buckets): Gap[] {
  const found: Gap[] = [];
  let open: number | null = null;
  let seen = false;
  avg.forEach((value, i) => {
    if (value === null) {
      if (seen) open ??= at[i] as number;
      return;
    }
    if (open !== null) found.push({ from: open, to: at[i] as number });
    open = null;
    seen = true;
  });
  return found.filter((gap) => gap.to - gap.from >= step_s * 1000);
}

/** Places of values with no neighbour: a line can't show them, a dot can. */
export function isolated(values: ArrayLike<number | null | undefined>): number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++)
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) found.push(i);
  return found;
}

export function summary(buckets: Buckets): Summary | null {
  const filled = buckets.avg.flatMap((value, i) => (value === null ? [] : [i]));
  if (filled.length === 0) return null;
  const total = filled.reduce((sum, i) => sum + (buckets.count[i] as number), 0);
  const found = gaps(buckets);
  return {
    low: Math.min(...filled.map((i) => buckets.min[i] as number)),
    high: Math.max(...filled.map((i) => buckets.max[i] as number)),
    average: filled.reduce((sum, i) => sum + (buckets.avg[i] as number) * (buckets.count[i] as number), 0) / total,
    last: buckets.avg[filled.at(-1) as number] as number,
    gaps: found,
    longest: Math.max(0, ...found.map((gap) => gap.to - gap.from)),
  };
}

export type Row = { at: number; place: number } | Gap;

/** The table's rows, newest first; a run of empty buckets is one row that says so. */
export function rows(buckets: Buckets): Row[] {
  const found: Row[] = [];
  const step = buckets.step_s * 1000;
  buckets.avg.forEach((value, place) => {
    const at = buckets.at[place] as number;
    const last = found.at(-1);
    if (value !== null) found.push({ at, place });
    else if (last && "to" in last) last.to = at + step;
    else found.push({ from: at, to: at + step });
  });
  return found.reverse();
}
