// The people who are told, by which ways and of what, and what somebody changes of it.

import { get, post, Problem, put, remove } from "../api/client";
import type { PeopleAnswer, PersonTold, RouteWish, Site, SitesAnswer, TestAnswer } from "../api/types";
import type { View } from "../live/reads";

export type PersonChange = Omit<PersonTold, "id" | "name" | "addresses">;

export class Directory {
  answer = $state.raw<PeopleAnswer | null>(null); // null: not read yet
  sites = $state.raw<Site[]>([]);
  problem = $state.raw<{ on: string; problem: Problem } | null>(null); // of the newest act, and on what
  said = $state(""); // what the newest act did
  tested = $state.raw<{ address: number; answer: TestAnswer | null } | null>(null); // null: it is on its way

  private busy = false;

  readonly view: View = {
    key: "people",
    sites: null,
    read: async (_, signal) => {
      const [answer, sites] = await Promise.all([
        get<PeopleAnswer>("/people", signal),
        get<SitesAnswer>("/sites", signal),
      ]);
      this.answer = answer;
      this.sites = sites.items;
      return answer.server_time;
    },
  };

  add(name: string, said: string): Promise<boolean> {
    return this.act("new", said, () => post("/people", { name }));
  }

  change(person: PersonTold, change: PersonChange, said: string): Promise<boolean> {
    return this.act(on(person), said, () => put(`/people/${person.id}`, change));
  }

  addAddress(person: PersonTold, channel: string, value: string, said: string): Promise<boolean> {
    return this.act(on(person), said, () => post(`/people/${person.id}/addresses`, { channel, value }));
  }

  removeAddress(person: PersonTold, id: number, said: string): Promise<boolean> {
    return this.act(on(person), said, () => remove(`/addresses/${id}`));
  }

  addRoute(person: PersonTold, wish: RouteWish, said: string): Promise<boolean> {
    return this.act(on(person), said, () => post("/routes", wish));
  }

  removeRoute(person: PersonTold, id: number, said: string): Promise<boolean> {
    return this.act(on(person), said, () => remove(`/routes/${id}`));
  }

  setLastResort(person_id: number | null, said: string): Promise<boolean> {
    return this.act("last resort", said, () => put("/last-resort", { person_id }));
  }

  /** What the provider says to a message that is sent now. */
  async test(person: PersonTold, address: number): Promise<void> {
    if (this.busy) return;
    this.tested = { address, answer: null };
    const found = await this.try(on(person), async () => {
      const answer = await post<TestAnswer>(`/addresses/${address}/test`, {});
      if (answer.is_sent) this.answer = await get<PeopleAnswer>("/people");
      return answer;
    });
    this.tested = found && { address, answer: found };
  }

  /** Whether it was saved. */
  private async act(on: string, said: string, save: () => Promise<PeopleAnswer>): Promise<boolean> {
    const answer = await this.try(on, save);
    if (!answer) return false;
    this.answer = answer;
    this.said = said;
    return true;
  }

  private async try<T>(on: string, ask: () => Promise<T>): Promise<T | null> {
    if (this.busy) return null; // a button that is disabled would lose the focus
    this.busy = true;
    this.said = "";
    this.problem = null;
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = { on, problem: error };
      return null;
    } finally {
      this.busy = false;
    }
  }
}

export const on = (person: PersonTold): string => `person ${person.id}`;
