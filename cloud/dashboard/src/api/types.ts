// The shapes of /api/v1 by short names. They come from the cloud's OpenAPI document (`npm run types`); only what
// the WebSocket says is written here by hand, for OpenAPI knows no messages. Times are milliseconds UTC.

import type { components } from "./schema";

type Shape = components["schemas"];

export type Latest = Shape["Latest"]; // its value is null only with fault
export type Quality = Latest["quality"][number];
export type Point = Shape["Point"]; // unit "": not known; interval_s null: irregular
export type Origin = Shape["Origin"]; // calibrations: from when each one holds, oldest first
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
export type Severity = Shape["Severity"];
export type Alert = Shape["Alert"]; // began: event time; learned_at: the judge's clock
export type AlertsAnswer = Shape["AlertsAnswer"];
export type AlertAnswer = Shape["AlertAnswer"];
export type TimelineEntry = Shape["TimelineEntry"];
export type Delivery = Shape["Delivery"];
export type RuleRow = Shape["RuleRow"]; // published, also where there is a draft beside it
export type RulesAnswer = Shape["RulesAnswer"];
export type RuleAnswer = Shape["RuleAnswer"];
export type RuleOnGateway = Shape["RuleOnGateway"];
export type BuiltInRule = Shape["BuiltInRule"]; // everybody has it, nobody edits it
export type RulePreview = Shape["RulePreview"]; // is_cut: notes say what was not looked at
export type RuleTemplate = Shape["RuleTemplate"];
export type PeopleAnswer = Shape["PeopleAnswer"];
export type PersonTold = Shape["PersonTold"]; // away_from null: not away
export type AlertRoute = Shape["AlertRoute"]; // site_id null: all with its tags
export type RouteWish = Shape["RouteWish"];
export type TestAnswer = Shape["TestAnswer"];
export type Buckets = Shape["Buckets"]; // dense; min, avg and max are null together where a step has no value

export type LiveReading = [point: number, at: number, value: number | null, quality: Quality[], received_at: number];

export type LiveMessage =
  | { type: "hello" | "beat"; server_time: number }
  | { type: "readings"; site: number; readings: LiveReading[] }
  | { type: "backfill"; site: number; points: number[]; from: number; to: number }
  | { type: "gateway"; gateway: Gateway }
  | { type: "alert"; alert: Alert }; // the whole row, also once it has ended
