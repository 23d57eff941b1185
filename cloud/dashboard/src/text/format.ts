// Numbers, spans and moments as people read them. Knows no sentence and no page.

import { locale, text } from "./english";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ago = new Intl.RelativeTimeFormat(locale, { style: "short" });
const units = (["day", "hour", "minute", "second"] as const).map((unit) => unitFormat(unit));
const plain = [0, 1, 2, 3].map((places) => new Intl.NumberFormat(locale, { maximumFractionDigits: places }));

function unitFormat(unit: "day" | "hour" | "minute" | "second"): Intl.NumberFormat {
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" });
}

/** As many places as a gauge would show: 0.123, 1.23, 123.5, 1,235. */
export function number(value: number): string {
  return (plain[placesOf(value)] as Intl.NumberFormat).format(value);
}

/** For a column: every number with the places of the largest, so that they stand in line. */
export function column(largest: number): (value: number) => string {
  const places = placesOf(largest);
  const aligned = new Intl.NumberFormat(locale, { minimumFractionDigits: places, maximumFractionDigits: places });
  return (value) => aligned.format(value);
}

function placesOf(value: number): number {
  const size = Math.abs(value);
  return size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3;
}

export const whole = (value: number): string => (plain[0] as Intl.NumberFormat).format(value);

export function measure(value: number | null, unit: string): string {
  if (value === null) return text.point.noValue;
  return unit ? `${number(value)} ${unit}` : number(value);
}

/** How long ago, in its largest unit; a moment that lies ahead by clock error counts as now. */
export function age(ms: number): string {
  if (ms < SECOND) return text.now;
  if (ms < MINUTE) return ago.format(-Math.floor(ms / SECOND), "second");
  if (ms < HOUR) return ago.format(-Math.floor(ms / MINUTE), "minute");
  if (ms < 2 * DAY) return ago.format(-Math.floor(ms / HOUR), "hour");
  return ago.format(-Math.floor(ms / DAY), "day");
}

/** A length in its two largest units: "2 hr 5 min". */
export function span(ms: number): string {
  const seconds = Math.round(Math.max(0, ms) / SECOND);
  const parts = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  const first = parts.findIndex((part) => part > 0);
  if (first < 0) return (units[3] as Intl.NumberFormat).format(0);
  return [first, first + 1]
    .filter((place) => (parts[place] ?? 0) > 0)
    .map((place) => (units[place] as Intl.NumberFormat).format(parts[place] as number))
    .join(" ");
}

const formats = new Map<string, Intl.DateTimeFormat>();

function moment(zone: string, kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${kind}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale, { ...options, timeZone: zone, hourCycle: "h23" });
  formats.set(key, known);
  return known;
}

const CLOCK = { hour: "2-digit", minute: "2-digit" } as const;
const DATE = { day: "numeric", month: "short" } as const;

export const clockTime = (at: number, zone: string): string => moment(zone, "clock", CLOCK).format(at);
export const date = (at: number, zone: string): string => moment(zone, "date", DATE).format(at);
export const year = (at: number, zone: string): string => moment(zone, "year", { year: "numeric" }).format(at);
export const dateTime = (at: number, zone: string): string => moment(zone, "both", { ...DATE, ...CLOCK }).format(at);
export const exactTime = (at: number, zone: string): string =>
  moment(zone, "exact", { ...DATE, year: "numeric", ...CLOCK, second: "2-digit", timeZoneName: "short" }).format(at);

export const day = (at: number, zone: string): string => moment(zone, "day", { ...DATE, year: "numeric" }).format(at);

/** "IST (Asia/Kolkata)": the zone as people say it and as tools name it. */
export function zoneName(zone: string, at: number): string {
  const parts = moment(zone, "zone", { timeZoneName: "short" }).formatToParts(at);
  const short = parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
  return short === zone ? zone : `${short} (${zone})`;
}

/** "oht-1" stays as it is; "water_level" reads "Water level". */
export function metricName(metric: string): string {
  const words = metric.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
