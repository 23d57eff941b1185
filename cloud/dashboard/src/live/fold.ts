// How news is laid over what is known: by (point, at), never an older value over a newer one.

import type { Alert, Gateway, Latest, LiveReading, Point } from "../api/types";

export function newest(known: Latest | null, heard: Latest | null): Latest | null {
  if (!known || !heard) return known ?? heard;
  return heard.at > known.at ? heard : known;
}

/** A snapshot's point: its description is taken over, its value only when newer. */
export function foldPoint(known: Point | undefined, heard: Point): Point {
  return known ? { ...heard, latest: newest(known.latest, heard.latest) } : heard;
}

export function foldReading(known: Point, [, at, value, quality, received_at]: LiveReading): Point {
  const latest = newest(known.latest, { at, value, quality, received_at });
  return latest === known.latest ? known : { ...known, latest };
}

export function foldGateway(known: Gateway | undefined, heard: Gateway): Gateway {
  const older = known && (heard.last_contact_at ?? 0) < (known.last_contact_at ?? 0);
  return older ? known : heard;
}

/** Marks change without a transition, so only an older transition is older news. */
export function foldAlert(known: Alert | undefined, heard: Alert): Alert {
  return known && heard.counter < known.counter ? known : heard;
}
