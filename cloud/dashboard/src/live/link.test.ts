import { expect, test } from "vitest";
import { delay, linkState, SILENCE_MS } from "./link";

const WELL = { open: true, silentMs: 0, pollFailed: false, online: true };

test.each([
  ["an open socket that is heard is live", WELL, "live"],
  ["an open socket that is silent is not", { ...WELL, silentMs: SILENCE_MS + 1 }, "offline"],
  ["a closed socket reconnects", { ...WELL, open: false }, "reconnecting"],
  ["no answer by either way is offline", { ...WELL, open: false, pollFailed: true }, "offline"],
  ["no network is offline", { ...WELL, open: false, online: false }, "offline"],
  ["the browser's word counts less than a message", { ...WELL, online: false }, "live"],
  ["silence and no network are offline", { ...WELL, online: false, silentMs: 5_001 }, "offline"],
] as const)("%s", (_sentence, facts, expected) => {
  expect(linkState(facts)).toBe(expected);
});

test("waits double up to a minute and never fall below a second", () => {
  expect([0, 1, 2, 3, 9].map((failures) => delay(failures, 0))).toEqual([1000, 2000, 4000, 8000, 60_000]);
  expect(delay(0, 1)).toBe(1000);
  expect(delay(9, 1)).toBe(30_000);
});
