import { expect, test } from "vitest";
import type { Latest, Point } from "../api/types";
import { foldPoint, foldReading, newest } from "./fold";

const latest = (at: number, value: number): Latest => ({ at, value, quality: [], received_at: at });
const point = (known: Latest | null): Point => ({
  id: 7,
  site_id: 1,
  device: "oht-1",
  metric: "level",
  unit: "m",
  interval_s: 60,
  origin: null,
  stale_after_s: 180,
  latest: known,
});

test("an older value never replaces a newer one", () => {
  expect(newest(latest(20, 2), latest(10, 1))).toEqual(latest(20, 2));
  expect(newest(latest(20, 2), latest(30, 3))).toEqual(latest(30, 3));
  expect(newest(null, latest(30, 3))).toEqual(latest(30, 3));
  expect(newest(latest(20, 2), null)).toEqual(latest(20, 2));
});

test("a snapshot that was read before a change brings its description, not its value", () => {
  const folded = foldPoint(point(latest(20, 2)), { ...point(latest(10, 1)), unit: "cm" });
  expect(folded).toEqual({ ...point(latest(20, 2)), unit: "cm" });
});

test("a late reading changes nothing, so nothing is drawn again", () => {
  const known = point(latest(20, 2));
  expect(foldReading(known, [7, 10, 1, [], 10])).toBe(known);
  expect(foldReading(known, [7, 30, 3, ["suspect"], 31]).latest?.value).toBe(3);
});
