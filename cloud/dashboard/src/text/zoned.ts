// Civil time in a site's zone: where days and months begin there, daylight saving included.

const DAY_MS = 86_400_000;
const parts = new Map<string, Intl.DateTimeFormat>();

export interface Civil {
  year: number;
  month: number; // 1..12; outside it counts on into the next or last year
  day: number;
  hour: number;
  minute: number;
}

export function civil(at: number, zone: string): Civil {
  const found = Object.fromEntries(
    format(zone)
      .formatToParts(at)
      .map((part) => [part.type, Number(part.value)]),
  ) as unknown as Civil;
  return { year: found.year, month: found.month, day: found.day, hour: found.hour, minute: found.minute };
}

/** The moment a civil time names. In the hour that a change of clocks skips, the moment the clocks changed or later. */
export function moment(time: Civil, zone: string): number {
  const wanted = asUtc(time);
  const first = wanted - offset(wanted - DAY_MS / 2, zone);
  return wanted - offset(first, zone);
}

export function monthStart(at: number, zone: string, months = 0): number {
  const { year, month } = civil(at, zone);
  return moment({ year, month: month + months, day: 1, hour: 0, minute: 0 }, zone);
}

/** For <input type="datetime-local">: no zone in it, the site's is meant. */
export function toInput(at: number, zone: string): string {
  return new Date(asUtc(civil(at, zone))).toISOString().slice(0, 16);
}

export function fromInput(value: string, zone: string): number | null {
  const at = Date.parse(`${value}Z`);
  return Number.isNaN(at) ? null : moment(civil(at, "UTC"), zone);
}

function offset(at: number, zone: string): number {
  return asUtc(civil(at, zone)) - Math.floor(at / 60_000) * 60_000;
}

function asUtc({ year, month, day, hour, minute }: Civil): number {
  return Date.UTC(year, month - 1, day, hour, minute);
}

function format(zone: string): Intl.DateTimeFormat {
  const known =
    parts.get(zone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    });
  parts.set(zone, known);
  return known;
}
