import { expect, test } from "vitest";
import type { Gateway, Point, Quality } from "../api/types";
import { gatewayState, pointState } from "./state";

const NOON = 1_790_000_000_000;
const point = (ageS: number, interval_s: number | null, quality: Quality[] = []): Point => ({
  id: 1,
  site_id: 1,
  device: "oht-1",
  metric: "level",
  unit: "m",
  interval_s,
  origin: null,
  stale_after_s: (interval_s ? 2 * interval_s : 3600) + 30, // its gateway seals every 30 s
  latest: { at: NOON - ageS * 1000, value: quality.includes("fault") ? null : 1.2, quality, received_at: NOON },
});

const gateway = (silentS: number | null, over: Partial<Gateway> = {}): Gateway => ({
  id: "amba-7k3q",
  label: "amba",
  site_id: 1,
  site: "Amba",
  state: "online",
  last_contact_at: silentS === null ? null : NOON - silentS * 1000,
  dead: false,
  heartbeat_s: 60,
  offline_after_s: 900,
  version: "0.1.0",
  backlog: { readings: 0, oldest_at: null },
  parked: 0,
  clock_offset_ms: 0,
  breakers: [],
  revoked_at: null,
  ...over,
});

test.each([
  ["young and unflagged is good", point(5, 60), false, "good"],
  ["within its limit is not yet too old", point(150, 60), false, "good"],
  ["older than its limit is stale", point(151, 60), false, "stale"],
  ["old is stale before it is a fault", point(151, 60, ["fault"]), false, "stale"],
  ["a sensor error is a fault", point(5, 60, ["fault"]), false, "fault"],
  ["a doubted value is suspect", point(5, 60, ["suspect"]), false, "suspect"],
  ["an uncertain time is suspect", point(5, 60, ["clock_uncertain"]), false, "suspect"],
  ["an irregular point may be older", point(3_600, null), false, "good"],
  ["yet not for ever", point(3_700, null), false, "stale"],
  ["an irregular point of a silent site is stale", point(3_600, null), true, "stale"],
  ["no value yet", { ...point(0, 60), latest: null }, false, "never"],
])("%s", (_sentence, known, silent, expected) => {
  expect(pointState(known, silent, NOON)).toBe(expected);
});

test.each([
  ["heard within two heartbeats is online", gateway(120), "online"],
  ["silent for longer is quiet", gateway(121), "quiet"],
  ["a last will makes it quiet at once", gateway(1, { dead: true }), "quiet"],
  ["past the site's limit it is offline, last will or not", gateway(901, { dead: true }), "offline"],
  ["online with a backlog is catching up", gateway(5, { backlog: { readings: 9, oldest_at: 1 } }), "catching up"],
  ["quiet with a backlog is quiet", gateway(300, { backlog: { readings: 9, oldest_at: 1 } }), "quiet"],
  ["never heard", gateway(null), "never seen"],
  ["revoked, whatever else", gateway(5, { revoked_at: NOON }), "revoked"],
])("%s", (_sentence, known, expected) => {
  expect(gatewayState(known, NOON)).toBe(expected);
});
