// The alerts that have ended, read page by page.

import { get, Problem } from "../api/client";
import type { Alert, AlertsAnswer } from "../api/types";

export class Ended {
  items = $state.raw<Alert[] | null>(null); // null: not read yet
  problem = $state.raw<Problem | null>(null);
  next = $state.raw<string | null>(null);
  private reading: AbortController | null = null;

  constructor(private readonly site: () => number | null) {}

  /** From the newest on. */
  async read(): Promise<void> {
    this.next = null;
    await this.add([]);
  }

  async more(): Promise<void> {
    await this.add(this.items ?? []);
  }

  stop(): void {
    this.reading?.abort();
    this.reading = null;
  }

  private async add(before: Alert[]): Promise<void> {
    this.stop();
    const stop = (this.reading = new AbortController());
    this.problem = null;
    try {
      const answer = await get<AlertsAnswer>(this.address(), stop.signal);
      if (this.reading !== stop) return;
      this.items = [...before, ...answer.items];
      this.next = answer.next;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (this.reading === stop) this.problem = error;
    }
  }

  private address(): string {
    const query = new URLSearchParams({ state: "history", limit: "50" });
    const site = this.site();
    if (site !== null) query.set("site", String(site));
    if (this.next !== null) query.set("cursor", this.next);
    return `/alerts?${query}`;
  }
}
