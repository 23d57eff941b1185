import { expect, test } from "vitest";
import type { Buckets } from "../api/types";
import { fold, gaps, isolated, rows, stepFor, summary } from "./buckets";

const NOON = 1_790_000_000_000;
const MINUTE = 60_000;

/** Buckets of a minute, each with one reading. */
function minutes(values: (number | null)[]): Buckets {
  return {
    from: NOON,
    to: NOON + values.length * MINUTE,
    step_s: 60,
    at: values.map((_, i) => NOON + i * MINUTE),
    min: [...values],
    avg: [...values],
    max: [...values],
    count: values.map((value) => (value === null ? 0 : 1)),
  };
}

test.each([
  ["a day on a phone", 86_400_000, 320, 5, 600],
  ["a day on a laptop", 86_400_000, 1000, 5, 300],
  ["a week on a laptop", 7 * 86_400_000, 1000, 5, 1800],
  ["an hour of a slow point is not cut finer than two of its intervals", 3_600_000, 1000, 900, 1800],
  ["an hour of an irregular point", 3_600_000, 1000, null, 10],
  ["three years", 3 * 365 * 86_400_000, 1000, 5, 86_400],
])("%s", (_sentence, spanMs, width, interval, expected) => {
  expect(stepFor(spanMs, width, interval)).toBe(expected);
});

test("a gap lies between two values", () => {
  expect(gaps(minutes([null, 1, null, null, 2, null]))).toEqual([{ from: NOON + 2 * MINUTE, to: NOON + 4 * MINUTE }]);
});

test("a value without neighbours is isolated, at the edges too", () => {
  expect(isolated([1, null, 2, 3, null, 4, null, null, 5])).toEqual([0, 5, 8]);
  expect(isolated([])).toEqual([]);
});

test("the average counts readings, not buckets", () => {
  const buckets = { ...minutes([1, 4]), count: [3, 1], max: [2, 5] };
  expect(summary(buckets)).toMatchObject({ low: 1, high: 5, average: 1.75, last: 4, gaps: [], longest: 0 });
  expect(summary(minutes([null, null]))).toBeNull();
});

test("a reading is folded into its bucket", () => {
  const folded = fold(minutes([1, 2]), NOON + 90_000, 6);
  expect(folded).toMatchObject({ min: [1, 2], avg: [1, 4], max: [1, 6], count: [1, 2] });
});

test("a reading past the end grows the buckets, and the gap before it stays one", () => {
  const folded = fold(minutes([1]), NOON + 3 * MINUTE + 1, 6);
  expect(folded.avg).toEqual([1, null, null, 6]);
  expect(folded.at).toEqual([0, 1, 2, 3].map((i) => NOON + i * MINUTE));
  expect(folded.to).toBe(NOON + 4 * MINUTE);
});

test("a reading before the beginning, a fault, and one of another age change nothing", () => {
  const known = minutes([1]);
  expect(fold(known, NOON - 1, 6)).toBe(known);
  expect(fold(known, NOON, null)).toBe(known);
  expect(fold(known, NOON + 365 * 86_400_000, 6)).toBe(known);
});

test("the table is newest first and joins empty buckets", () => {
  expect(rows(minutes([1, null, null, 2]))).toEqual([
    { at: NOON + 3 * MINUTE, place: 3 },
    { from: NOON + MINUTE, to: NOON + 3 * MINUTE },
    { at: NOON, place: 0 },
  ]);
});
