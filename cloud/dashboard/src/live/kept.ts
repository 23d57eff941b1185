// The last snapshot on this device, so that a reload without a link still shows what was known. Gone at sign-out.

import type { SessionAnswer } from "../api/types";
import type { Kept } from "./entities.svelte";

export const KEY = "evara.snapshot";

export interface Snapshot {
  server_time: number; // when it was true
  wall: number; // this device's clock at that moment
  session: SessionAnswer;
  views: string[]; // which were read whole
  entities: Kept;
}

export function keep(snapshot: Snapshot): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(snapshot));
  } catch {
    forget(); // no room, or storage is forbidden: then only the link gives values
  }
}

export function kept(): Snapshot | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null") as Snapshot | null;
  } catch {
    return null;
  }
}

export function forget(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // storage is forbidden: nothing was kept
  }
}
