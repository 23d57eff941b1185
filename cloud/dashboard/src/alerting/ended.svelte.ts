// The alerts that have ended, read page by page.

import { get, Problem } from "../api/client";
import type { Alert, AlertsAnswer } from "../api/types";

export class Ended {
  items = $state.raw<Alert[] | null>(null); // null: not read yet
  problem = $state.raw<Problem | null>(null);
  next = $state.raw<string | null>(null);
  private of: number | null = null; // the site they are of
  private reading: AbortController | null = null;

  constructor(private readonly site: () => number | null) {}

  /** From the newest on; the older ones that somebody asked for stay below them. */
  async read(): Promise<void> {
    const site = this.site();
    if (site === this.of && this.reading) return;
    if (site !== this.of) [this.of, this.items, this.next] = [site, null, null];
    const answer = await this.ask(null);
    if (!answer) return;
    const known = this.items ?? [];
    const place = known.findIndex(({ id }) => id === answer.items.at(-1)?.id);
    if (place < 0) this.next = answer.next;
    this.items = place < 0 ? answer.items : [...answer.items, ...known.slice(place + 1)];
  }

  async more(): Promise<void> {
    const answer = await this.ask(this.next);
    if (!answer) return;
    this.items = [...(this.items ?? []), ...answer.items];
    this.next = answer.next;
  }

  cancel(): void {
    this.stop();
    this.problem = new Problem("stopped");
  }

  stop(): void {
    this.reading?.abort();
    this.reading = null;
  }

  /** null: it did not come, or something else was asked for meanwhile. */
  private async ask(cursor: string | null): Promise<AlertsAnswer | null> {
    this.stop();
    const stop = (this.reading = new AbortController());
    this.problem = null;
    try {
      const answer = await get<AlertsAnswer>(this.address(cursor), stop.signal);
      return this.reading === stop ? answer : null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (this.reading === stop) this.problem = error;
      return null;
    } finally {
      if (this.reading === stop) this.reading = null;
    }
  }

  private address(cursor: string | null): string {
    const query = new URLSearchParams({ state: "history", limit: "50" });
    if (this.of !== null) query.set("site", String(this.of));
    if (cursor !== null) query.set("cursor", cursor);
    return `/alerts?${query}`;
  }
}
