// The shapes of /api/v1 by short names. They come from the cloud's OpenAPI document (`npm run types`); only what
// the WebSocket says is written here by hand, for OpenAPI knows no messages. Times are milliseconds UTC.

import type { components } from "./schema";

type Shape = components["schemas"];

export type Latest = Shape["Latest"]; // its value is null only with fault
export type Quality = Latest["quality"][number];
export type Point = Shape["Point"]; // unit "": not known; interval_s null: irregular
export type Device = Shape["Device"];
export type Gateway = Shape["Gateway"]; // dead: its last will came; parked: batches the cloud refused for good
export type GatewayState = Gateway["state"];
export type Site = Shape["Site"]; // zone: IANA
export type SiteRow = Shape["SiteRow"];
export type SessionAnswer = Shape["SessionAnswer"];
export type SitesAnswer = Shape["SitesAnswer"];
export type SiteAnswer = Shape["SiteAnswer"];
export type GatewaysAnswer = Shape["GatewaysAnswer"];
export type PointAnswer = Shape["PointAnswer"];
export type Buckets = Shape["Buckets"]; // dense; min, avg and max are null together where a step has no value

export type LiveReading = [point: number, at: number, value: number | null, quality: Quality[], received_at: number];

export type LiveMessage =
  | { type: "hello" | "beat"; server_time: number }
  | { type: "readings"; site: number; readings: LiveReading[] }
  | { type: "backfill"; site: number; points: number[]; from: number; to: number }
  | { type: "gateway"; gateway: Gateway };
