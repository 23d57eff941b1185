import { expect, test } from "vitest";
import { absolute, rangeOf } from "./range";

const NOW = Date.parse("2026-03-10T06:00:00Z");
const of = (query: string, zone = "Asia/Kolkata") => rangeOf(new URLSearchParams(query), NOW, zone, "24h");

test("a preset ends now", () => {
  expect(of("range=7d")).toEqual({ from: NOW - 7 * 86_400_000, to: NOW, preset: "7d", moving: true });
});

test("an unknown range is the usual one", () => {
  expect(of("range=century").preset).toBe("24h");
  expect(of("from=2026-03-02&to=2026-03-01").preset).toBe("24h");
});

test("months begin at the site's midnight", () => {
  expect(of("range=last-month")).toEqual({
    from: Date.parse("2026-02-01T00:00:00+05:30"),
    to: Date.parse("2026-03-01T00:00:00+05:30"),
    preset: "last-month",
    moving: false,
  });
});

test("absolute times survive the way through the URL", () => {
  const { from, to } = absolute(NOW - 1000, NOW);
  expect(of(`from=${from}&to=${to}`)).toEqual({ from: NOW - 1000, to: NOW, preset: null, moving: false });
});
