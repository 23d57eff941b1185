import { expect, test } from "vitest";
import { age, dateTime, measure, metricName, number, span, zoneName } from "./format";
import { civil, fromInput, moment, monthStart, toInput } from "./zoned";

test.each([
  [0, "now"],
  [-5000, "now"],
  [59_999, "59 sec ago"],
  [60_000, "1 min ago"],
  [47 * 3_600_000, "47 hr ago"],
  [48 * 3_600_000, "2 days ago"],
])("an age of %d ms reads %s", (ms, expected) => {
  expect(age(ms)).toBe(expected);
});

test.each([
  [0, "0 sec"],
  [5_000, "5 sec"],
  [3_600_000, "1 hr"],
  [7_500_000, "2 hr 5 min"],
  [90_000_000, "1 day 1 hr"],
])("a span of %d ms starts with the unit of %s", (ms, expected) => {
  expect(span(ms).replaceAll(/secs|mins|hrs/g, (unit) => unit.slice(0, -1))).toBe(expected);
});

test("numbers as a gauge shows them", () => {
  expect([1.23456, 12.3456, 123.456, 1234.56, -0.5].map(number)).toEqual(["1.23", "12.35", "123.5", "1,235", "-0.5"]);
  expect(measure(null, "m")).toBe("No value");
  expect(measure(7, "")).toBe("7");
});

test("times are the site's", () => {
  const at = Date.parse("2026-03-09T20:00:00Z");
  expect(dateTime(at, "Asia/Kolkata")).toBe("10 Mar, 01:30");
  expect(zoneName("Asia/Kolkata", at)).toBe("IST (Asia/Kolkata)");
  expect(zoneName("UTC", at)).toBe("UTC");
});

test("metrics read as words", () => {
  expect(metricName("water_level")).toBe("Water level");
});

test.each(["Asia/Kolkata", "Europe/Berlin", "America/St_Johns", "UTC"])("civil time in %s goes both ways", (zone) => {
  for (const iso of ["2026-01-15T12:34:00Z", "2026-03-29T00:30:00Z", "2026-10-25T05:00:00Z", "2026-07-01T00:00:00Z"]) {
    const at = Date.parse(iso);
    expect(moment(civil(at, zone), zone)).toBe(at);
    expect(fromInput(toInput(at, zone), zone)).toBe(at);
  }
});

test("a month may be counted past the year's end", () => {
  expect(monthStart(Date.parse("2026-01-15T00:00:00Z"), "UTC", -1)).toBe(Date.parse("2025-12-01T00:00:00Z"));
});
