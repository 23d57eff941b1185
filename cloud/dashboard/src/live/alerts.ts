// Open alerts as lists and tiles show them, decided from the rows and the server's time.

import type { Alert, Severity } from "../api/types";

const RANK: Record<Severity, number> = { info: 0, warning: 1, critical: 2 };

/** The worst first, then what began first. */
export function worstFirst(alerts: Iterable<Alert>): Alert[] {
  return [...alerts].sort((a, b) => RANK[b.severity] - RANK[a.severity] || a.began - b.began);
}

export function isShelved({ shelved }: Alert, now: number): boolean {
  return shelved !== null && shelved.until > now;
}

export function isAcknowledged({ acknowledged }: Alert, now: number): boolean {
  return acknowledged !== null && (acknowledged.until === null || acknowledged.until > now);
}

/** Where the value lies: beyond a limit it is low or high; of anything else there is only an alert. */
export function side({ kind, value, limit }: Alert): "low" | "high" | "alert" {
  if (kind !== "threshold" || value === null || limit === null || value === limit) return "alert";
  return value < limit ? "low" : "high";
}

/** The value that its rule judged; a rule of faults or of silence judges none. */
export function judged({ kind, value }: Alert): number | null {
  return kind === "fault" || kind === "no_data" ? null : value;
}
