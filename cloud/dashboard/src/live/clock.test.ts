import { beforeEach, expect, test, vi } from "vitest";
import { ServerClock } from "./clock";

const NOON = 1_790_000_000_000;

beforeEach(() => {
  vi.useFakeTimers({ now: 0, toFake: ["Date", "performance"] });
  return () => vi.useRealTimers();
});

test("time goes on without the server", () => {
  const clock = new ServerClock();
  clock.set(NOON);
  vi.advanceTimersByTime(90_000);
  expect(clock.now()).toBe(NOON + 90_000);
});

test("a wrong device clock does not matter", () => {
  const clock = new ServerClock();
  clock.hear(NOON, 400);
  expect(clock.now()).toBe(NOON + 200);
});

test("a late word moves the clock forward only", () => {
  const clock = new ServerClock();
  clock.set(NOON);
  clock.hear(NOON - 30_000);
  expect(clock.now()).toBe(NOON);
  clock.hear(NOON + 30_000);
  expect(clock.now()).toBe(NOON + 30_000);
});

test("a quick answer may set it back", () => {
  const clock = new ServerClock();
  clock.set(NOON);
  clock.hear(NOON - 30_000, 100);
  expect(clock.now()).toBe(NOON - 29_950);
});

test("a device clock that jumps back stops no age", () => {
  const clock = new ServerClock();
  clock.set(NOON);
  vi.advanceTimersByTime(5_000);
  vi.setSystemTime(-3_600_000);
  expect(clock.now()).toBe(NOON + 5_000);
});
