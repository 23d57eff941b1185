// What a person does to an alert: shown at once, taken back when the server refuses, undone for ten seconds.

import { SvelteMap } from "svelte/reactivity";
import { Problem, put, remove } from "../api/client";
import type { Alert } from "../api/types";
import type { Live } from "./live.svelte";

const UNDO_MS = 10_000;

export type Act = "acknowledge" | "shelve";

/** What became of the newest act on an alert. */
export interface Mark {
  act: Act;
  state: "saving" | "saved" | "undone" | "failed";
  problem: Problem | null;
}

export class Acts {
  readonly marks = new SvelteMap<string, Mark>();
  said = $state.raw<Mark | null>(null); // the newest of all, for who hears the page

  constructor(
    private readonly live: Live,
    private readonly who: () => string,
  ) {}

  acknowledge(alert: Alert): Promise<void> {
    const acknowledged = { by: this.who(), at: this.live.now, until: null, note: "", gateway_id: "" };
    return this.act(alert, "acknowledge", { ...alert, acknowledged }, () =>
      put<Alert>(`${address(alert)}/acknowledgement`, { counter: alert.counter }),
    );
  }

  shelve(alert: Alert, span: number): Promise<void> {
    const until = Math.round(this.live.now + span);
    const shelved = { by: this.who(), at: this.live.now, until };
    return this.act(alert, "shelve", { ...alert, shelved }, () => put<Alert>(`${address(alert)}/shelf`, { until }));
  }

  takeBack(alert: Alert, act: Act): Promise<void> {
    const before = act === "acknowledge" ? { ...alert, acknowledged: null } : { ...alert, shelved: null };
    const path = `${address(alert)}/${act === "acknowledge" ? "acknowledgement" : "shelf"}`;
    return this.act(alert, act, before, () => remove<Alert>(path), "undone");
  }

  /** Whether it may be undone by one press yet. */
  isFresh(alert: Alert, act: Act): boolean {
    const mark = this.marks.get(alert.id);
    return mark?.act === act && (mark.state === "saving" || mark.state === "saved");
  }

  private async act(
    before: Alert,
    act: Act,
    after: Alert,
    save: () => Promise<Alert>,
    done: "saved" | "undone" = "saved",
  ): Promise<void> {
    if (this.marks.get(before.id)?.state === "saving") return; // a button that is disabled would lose the focus
    const { alerts } = this.live.entities;
    this.live.entities.takeAlert(after);
    this.mark(before.id, { act, state: "saving", problem: null });
    try {
      this.live.entities.takeAlert(await save());
      const mark = this.mark(before.id, { act, state: done, problem: null });
      setTimeout(() => this.marks.get(before.id) === mark && this.marks.delete(before.id), UNDO_MS);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (alerts.get(before.id) === after) alerts.set(before.id, before);
      this.mark(before.id, { act, state: "failed", problem: error });
      void this.live.refresh(); // it may have risen, or somebody else was faster
    }
  }

  private mark(id: string, mark: Mark): Mark {
    this.marks.set(id, mark);
    this.said = mark;
    return mark;
  }
}

const address = (alert: Alert): string => `/alerts/${encodeURIComponent(alert.id)}`;
