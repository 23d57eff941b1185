import { expect, test } from "vitest";
import type { Alert } from "../api/types";
import { Entities } from "./entities.svelte";

const alert = (more: Partial<Alert> = {}): Alert =>
  ({ id: "a1", counter: 1, acknowledged: null, ended_at: null, ...more }) as Alert;
const seen = alert({ acknowledged: { by: "admin", at: 5, until: null, note: "", gateway_id: "" } });
const answer = (...items: Alert[]) => ({ items, next: null, server_time: 1 }) as never;

test("a list that was asked for before an acknowledgement does not take it back", () => {
  const entities = new Entities();
  entities.takeAlert(seen, 20);
  entities.takeAlerts(answer(alert()), 10);
  expect(entities.alerts.get("a1")?.acknowledged?.by).toBe("admin");
  entities.takeAlerts(answer(alert()), 30);
  expect(entities.alerts.get("a1")?.acknowledged).toBeNull();
});

test("what is kept on the device still tells when the open alerts were read", () => {
  const [entities, later] = [new Entities(), new Entities()];
  entities.takeAlerts(answer(alert()), 10);
  later.restore(entities.kept());
  expect(later.alertsAt).toBe(1);
});

test("a list that was asked for before an alert fired or ended changes neither", () => {
  const entities = new Entities();
  entities.takeAlert(alert({ id: "fired" }), 20);
  entities.takeAlert(alert({ id: "ended", ended_at: 15 }), 20);
  entities.takeAlerts(answer(alert({ id: "ended" })), 10);
  expect([...entities.alerts.keys()]).toEqual(["fired"]);
  entities.takeAlerts(answer(), 30);
  expect(entities.alerts.size).toBe(0);
});
