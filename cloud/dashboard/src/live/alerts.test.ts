import { expect, test } from "vitest";
import type { Alert } from "../api/types";
import { isAcknowledged, isShelved, judged, side, worstFirst } from "./alerts";
import { foldAlert } from "./fold";

const alert = (changes: Partial<Alert>): Alert => ({
  id: "one",
  site_id: 1,
  site: "Amba",
  zone: "Asia/Kolkata",
  gateway_id: "amba-2222",
  rule_id: "tank-low",
  rule_version: 1,
  rule: "Tank low",
  kind: "threshold",
  point: "oht-1/level",
  point_id: 7,
  severity: "warning",
  state: "firing",
  stale: false,
  reason: "fired",
  began: 0,
  learned_at: 0,
  received_at: 0,
  is_late: false,
  fired_at: 0,
  ended_at: null,
  value: 0.4,
  limit: 0.6,
  unit: "m",
  counter: 1,
  occurrences: 1,
  acknowledged: null,
  shelved: null,
  maintenance: null,
  muted_by: null,
  nobody_told: false,
  ...changes,
});

test("the worst come first, and of these what began first", () => {
  const rows = [
    alert({ id: "b", began: 20 }),
    alert({ id: "d", severity: "info", began: 1 }),
    alert({ id: "a", severity: "critical", began: 30 }),
    alert({ id: "c", began: 25 }),
  ];
  expect(worstFirst(rows).map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
});

test("a shelving ends by itself", () => {
  const shelved = alert({ shelved: { by: "Asha", at: 0, until: 100 } });
  expect([isShelved(shelved, 99), isShelved(shelved, 100), isShelved(alert({}), 1)]).toEqual([true, false, false]);
});

test("an acknowledgement holds until it resolves, or until its time", () => {
  const by = { by: "Asha", at: 0, note: "", gateway_id: "" };
  expect(isAcknowledged(alert({ acknowledged: { ...by, until: null } }), 1e9)).toBe(true);
  expect(isAcknowledged(alert({ acknowledged: { ...by, until: 50 } }), 50)).toBe(false);
});

const SIDES: [Partial<Alert>, ReturnType<typeof side>][] = [
  [{}, "low"],
  [{ value: 0.9 }, "high"],
  [{ value: null }, "alert"],
  [{ kind: "rate" }, "alert"],
  [{ limit: null }, "alert"],
];

test.each(SIDES)("%o reads %s", (changes, expected) => {
  expect(side(alert(changes))).toBe(expected);
});

test("a rule of faults judges no value", () => {
  expect([judged(alert({})), judged(alert({ kind: "fault", value: 1 }))]).toEqual([0.4, null]);
});

test("marks are news of the same transition, an older transition is not", () => {
  const known = alert({ counter: 2 });
  const marked = alert({ counter: 2, stale: true });
  expect(foldAlert(known, marked)).toBe(marked);
  expect(foldAlert(known, alert({ counter: 1 }))).toBe(known);
});
