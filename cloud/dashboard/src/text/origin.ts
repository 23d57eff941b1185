// What a point is derived of, in words.

import type { Origin } from "../api/types";
import { text } from "./english";
import { day } from "./format";

/** "Derived from oht-1/distance: level from distance, calibration of 1 Jan 2026." */
export function originText(origin: Origin, zone: string, now: number): string {
  const words = text.point;
  const from = origin.calibrations.filter((at) => at <= now).at(-1);
  const calibration = from === undefined ? words.uncalibrated : words.calibrated(day(from, zone));
  return `${words.derived(origin.of, origin.kind.replaceAll("_", " "))}, ${calibration}.`;
}
