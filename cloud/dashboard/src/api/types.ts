// The shapes of /api/v1, written by hand from the contract. Once the cloud publishes its OpenAPI document,
// generate this file from it and let CI fail when they differ. Times are milliseconds UTC.

export type Quality = "suspect" | "fault" | "clock_uncertain";

export interface Latest {
  at: number;
  value: number | null; // null only with fault
  quality: Quality[];
  received_at: number;
}

export interface Point {
  id: number;
  site_id: number;
  device: string;
  metric: string;
  unit: string; // "" where unknown
  interval_s: number | null; // null: irregular
  latest: Latest | null;
}

export interface Device {
  id: number;
  site_id: number;
  name: string;
  category: string;
  points: Point[];
}

export type GatewayState = "never seen" | "online" | "quiet" | "offline" | "catching up" | "revoked";

export interface Gateway {
  id: string;
  label: string;
  site_id: number;
  site: string;
  state: GatewayState;
  last_contact_at: number | null;
  dead: boolean; // its last will came
  heartbeat_s: number;
  offline_after_s: number;
  version: string;
  backlog: { readings: number; oldest_at: number | null };
  parked: number; // batches the cloud refused for good
  clock_offset_ms: number | null;
  breakers: { name: string; state: string }[];
  revoked_at: number | null;
}

export interface Site {
  id: number;
  name: string;
  zone: string; // IANA
  tags: Record<string, string>;
  offline_after_s: number;
}

export interface SiteRow extends Site {
  points: number;
  newest_at: number | null;
  headline: Point | null;
  gateways: Gateway[];
}

export interface Person {
  id: number;
  name: string;
  role: string;
}

export interface SessionAnswer {
  person: Person;
  organisation: { id: number; name: string };
  server_time: number;
}

export interface SitesAnswer {
  server_time: number;
  items: SiteRow[];
}

export interface SiteAnswer {
  server_time: number;
  site: Site;
  devices: Device[];
  gateways: Gateway[];
}

export interface GatewaysAnswer {
  server_time: number;
  items: Gateway[];
}

export interface PointAnswer {
  server_time: number;
  point: Point;
  site: Site;
}

/** Dense: one place per step; min, avg and max are null together where a step has no value. */
export interface Buckets {
  from: number;
  to: number;
  step_s: number;
  at: number[];
  min: (number | null)[];
  avg: (number | null)[];
  max: (number | null)[];
  count: number[];
}

export interface Token {
  id: number;
  name: string;
  created_at: number;
  expires_at: number | null;
}

export interface NewToken extends Token {
  token: string; // shown this once
}

export type LiveReading = [point: number, at: number, value: number | null, quality: Quality[], received_at: number];

export type LiveMessage =
  | { type: "hello" | "beat"; server_time: number }
  | { type: "readings"; site: number; readings: LiveReading[] }
  | { type: "backfill"; site: number; points: number[]; from: number; to: number }
  | { type: "gateway"; gateway: Gateway };
