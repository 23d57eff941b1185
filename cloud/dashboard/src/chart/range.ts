// Which time a point's page shows: read from the URL, cut in the site's zone.

import { monthStart } from "../text/zoned";

export const PRESETS = ["24h", "7d", "30d", "month", "last-month"] as const;
export type Preset = (typeof PRESETS)[number];

export interface Range {
  from: number; // ms UTC
  to: number;
  preset: Preset | null; // null: absolute times
  moving: boolean; // its end is now: new readings belong in it
}

const DAY_MS = 86_400_000;
const LONGEST_MS = 3 * 366 * DAY_MS;

export function rangeOf(query: URLSearchParams, now: number, zone: string, usual: Preset): Range {
  const from = Date.parse(query.get("from") ?? "");
  const to = Date.parse(query.get("to") ?? "");
  if (from < to) return { from: Math.max(from, to - LONGEST_MS), to, preset: null, moving: false };
  const asked = query.get("range");
  const preset = PRESETS.find((known) => known === asked) ?? usual;
  return { ...presetRange(preset, now, zone), preset };
}

function presetRange(preset: Preset, now: number, zone: string): Omit<Range, "preset"> {
  if (preset === "last-month") return { from: monthStart(now, zone, -1), to: monthStart(now, zone), moving: false };
  if (preset === "month") return { from: monthStart(now, zone), to: now, moving: true };
  const days = { "24h": 1, "7d": 7, "30d": 30 }[preset];
  return { from: now - days * DAY_MS, to: now, moving: true };
}

/** The URL's view state for absolute times: what is shared shows the same to everybody. */
export function absolute(from: number, to: number): Record<string, string | null> {
  return { from: new Date(Math.round(from)).toISOString(), to: new Date(Math.round(to)).toISOString(), range: null };
}
