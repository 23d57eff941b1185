// What the link to the server is, decided from plain facts; and how long to wait before the next try.

export const SILENCE_MS = 60_000; // the server beats every 25 s
export const UNSURE_MS = 5_000; // allowed silence while the browser says that there is no network
export const POLL_AFTER = 3; // failed tries in a row, then REST is polled
export const POLL_MS = 30_000;
export const REFRESH_MS = 60_000; // a change lost on the way is a delay, not a hole

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

export type LinkState = "live" | "reconnecting" | "offline";

export interface LinkFacts {
  open: boolean; // the WebSocket is connected
  silentMs: number; // since the server was last heard, by either way
  pollFailed: boolean; // the last REST answer did not come
  online: boolean; // what the browser says of its network
}

export function linkState({ open, silentMs, pollFailed, online }: LinkFacts): LinkState {
  if (open && silentMs <= (online ? SILENCE_MS : UNSURE_MS)) return "live";
  return pollFailed || !online || silentMs > SILENCE_MS ? "offline" : "reconnecting";
}

/** 1 s doubling to 60 s; the jitter (0..1) takes off up to a half, so that a village does not return as one. */
export function delay(failures: number, jitter: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures));
  return Math.max(FIRST_MS, full * (1 - jitter / 2));
}
