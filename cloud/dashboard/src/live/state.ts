// What a value and a gateway are at a moment, decided from what was heard last and the server's time.

import type { Gateway, GatewayState, Point } from "../api/types";

export type PointState = "good" | "suspect" | "fault" | "stale" | "never";

const MISSED = 2; // heartbeats until silence shows

/** `silent`: no gateway of the site is in touch, so an irregular point can't count as fresh either. */
export function pointState({ latest, interval_s, stale_after_s }: Point, silent: boolean, now: number): PointState {
  if (!latest) return "never";
  if (now - latest.at > stale_after_s * 1000 || (interval_s === null && silent)) return "stale";
  if (latest.quality.includes("fault")) return "fault";
  return latest.quality.length > 0 ? "suspect" : "good";
}

export function gatewayState(gateway: Gateway, now: number): GatewayState {
  if (gateway.revoked_at !== null) return "revoked";
  if (gateway.last_contact_at === null) return "never seen";
  const silentS = (now - gateway.last_contact_at) / 1000;
  if (silentS > gateway.offline_after_s) return "offline";
  if (gateway.dead || silentS > MISSED * gateway.heartbeat_s) return "quiet";
  return gateway.backlog.readings > 0 ? "catching up" : "online";
}

export function isInTouch(gateway: Gateway, now: number): boolean {
  return ["online", "catching up", "quiet"].includes(gatewayState(gateway, now));
}

/** A site whose gateways are all out of touch. */
export function isSilent(gateways: Gateway[], now: number): boolean {
  return !gateways.some((gateway) => isInTouch(gateway, now));
}

/** A pump runs or stands: 0 and 1 without a unit are read as words. */
export function isSwitch({ metric, unit }: Point): boolean {
  return unit === "" && ["pump", "valve", "running", "open"].includes(metric);
}
