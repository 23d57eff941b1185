import { expect, test } from "vitest";
import { spanOf } from "./span";

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;

const CASES: [string, number, number | null, number, number, boolean][] = [
  ["one that began just now has an hour before it", NOW - 60_000, null, NOW - 60_000 - HOUR, NOW, true],
  ["one that still fires is shown up to now", NOW - 10 * HOUR, null, NOW - 15 * HOUR, NOW, true],
  ["a long one has no more than a day before it", NOW - 300 * HOUR, null, NOW - 324 * HOUR, NOW, true],
  ["one that ended has as much after it", NOW - 100 * HOUR, NOW - 90 * HOUR, NOW - 105 * HOUR, NOW - 85 * HOUR, false],
  ["one that has just ended is shown up to now", NOW - 2 * HOUR, NOW - 60_000, NOW - 3 * HOUR, NOW, true],
];

test.each(CASES)("%s", (_sentence, began, ended, from, to, moving) => {
  expect(spanOf(began, ended, NOW)).toEqual({ from, to, preset: null, moving });
});
