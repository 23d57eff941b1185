// The people who are told, by which ways and of what, and what somebody changes of it.

import { get, post, put, remove } from "../api/client";
import type { PeopleAnswer, PersonTold, RouteWish, Site, SitesAnswer, TestAnswer } from "../api/types";
import type { View } from "../live/reads";
import { live } from "../program";
import { Changes } from "./changes.svelte";

export type PersonChange = Omit<PersonTold, "id" | "name" | "addresses">;

export class Directory extends Changes {
  answer = $state.raw<PeopleAnswer | null>(null); // null: not read yet
  sites = $state.raw<Site[]>([]);
  tested = $state.raw<{ address: number; answer: TestAnswer | null } | null>(null); // null: it is on its way

  readonly view: View = {
    key: "people",
    sites: null,
    read: async (_, signal) => {
      const [answer, sites] = await this.newest(() =>
        Promise.all([get<PeopleAnswer>("/people", signal), get<SitesAnswer>("/sites", signal)]),
      );
      this.answer = answer;
      this.sites = sites.items;
      return answer.server_time;
    },
  };

  add(name: string, said: string): Promise<boolean> {
    return this.save("new", said, () => post("/people", { name }));
  }

  change(person: PersonTold, change: PersonChange, said: string): Promise<boolean> {
    return this.save(on(person), said, () => put(`/people/${person.id}`, change));
  }

  addAddress(person: PersonTold, channel: string, value: string, said: string): Promise<boolean> {
    return this.save(on(person), said, () => post(`/people/${person.id}/addresses`, { channel, value }));
  }

  removeAddress(person: PersonTold, id: number, said: string): Promise<boolean> {
    return this.save(on(person), said, () => remove(`/addresses/${id}`));
  }

  addRoute(person: PersonTold, wish: RouteWish, said: string): Promise<boolean> {
    return this.save(on(person), said, () => post("/routes", wish));
  }

  removeRoute(person: PersonTold, id: number, said: string): Promise<boolean> {
    return this.save(on(person), said, () => remove(`/routes/${id}`));
  }

  setLastResort(person_id: number | null, said: string): Promise<boolean> {
    return this.save("last resort", said, () => put("/last-resort", { person_id }));
  }

  /** What the provider says to a message that is sent now. */
  async test(person: PersonTold, address: number): Promise<void> {
    if (this.busy) return;
    this.tested = { address, answer: null };
    const answer = await this.act(on(person), () => post<TestAnswer>(`/addresses/${address}/test`, {}));
    this.tested = answer && { address, answer };
    if (answer?.is_sent) void live.refresh(); // when it was reached
  }

  /** Whether it was saved. */
  private async save(on: string, said: string, ask: () => Promise<PeopleAnswer>): Promise<boolean> {
    const answer = await this.act(on, ask);
    if (!answer) return false;
    this.answer = answer;
    this.said = said;
    return true;
  }
}

export const on = (person: PersonTold): string => `person ${person.id}`;
