import { expect, test } from "vitest";
import type { Alert } from "../api/types";
import { placeName, pointName } from "./place";

const CASES: [string, string, string][] = [
  ["Amba", "oht-1/water_level", "Amba · oht-1 water level"],
  ["Amba", "amba-2222", "Amba · amba-2222"],
  ["", "region=North", "Area North"],
  ["", "", "Several sites"],
  ["Amba", "", "Amba"],
];

test.each(CASES)("%s, %s: %s", (site, point, expected) => {
  expect(placeName({ site, point } as Alert)).toBe(expected);
});

test("a metric alone is no point", () => {
  expect(pointName("oht-1")).toBe("oht-1");
});
