import { expect, test } from "vitest";
import type { Origin } from "../api/types";
import { day } from "./format";
import { originText } from "./origin";

const JANUARY = Date.UTC(2026, 0, 1);
const MARCH = Date.UTC(2026, 2, 1);
const LEVEL: Origin = { of: "oht-1/distance", kind: "level_from_distance", calibrations: [JANUARY, MARCH] };

test("it names the calibration that holds now, not the next one", () => {
  const since = (at: number): string =>
    `Derived from oht-1/distance: level from distance, calibration of ${day(at, "UTC")}.`;
  expect(originText(LEVEL, "UTC", MARCH - 1)).toBe(since(JANUARY));
  expect(originText(LEVEL, "UTC", MARCH)).toBe(since(MARCH));
});

test("before the first calibration none holds", () => {
  expect(originText(LEVEL, "UTC", JANUARY - 1)).toBe(
    "Derived from oht-1/distance: level from distance, no calibration holds yet.",
  );
});
