// What a person changes on a page: one act at a time, and what came of the newest.

import { Problem } from "../api/client";

export abstract class Changes {
  problem = $state.raw<{ on: string; problem: Problem } | null>(null); // of the newest act, and on what
  said = $state(""); // what the newest act did

  protected busy = false;
  private acts = 0; // how many have ended

  /** Asks again when an act ended meanwhile: the answer may be older than what it did. */
  protected async newest<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      const before = this.acts;
      const answer = await ask();
      if (before === this.acts) return answer;
    }
  }

  /** What the server answered; null: it refused, or another act is under way. */
  protected async act<T>(on: string, save: () => Promise<T>): Promise<T | null> {
    if (this.busy) return null; // a button that is disabled would lose the focus
    this.busy = true;
    this.said = "";
    this.problem = null;
    try {
      return await save();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = { on, problem: error };
      return null;
    } finally {
      this.busy = false;
      this.acts += 1; // a refused one, too: an answer that was lost may hide that it was saved
    }
  }
}
