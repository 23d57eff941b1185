// Who is signed in: asks the server, keeps the last answer for a start without a link, forgets all at sign-out.

import { get, post, Problem, put, remove, whenUnauthorised } from "../api/client";
import type { SessionAnswer } from "../api/types";
import { forget, KEY, kept } from "./kept";
import type { Live } from "./live.svelte";

export class Session {
  answer = $state.raw<SessionAnswer | null>(null); // null: nobody, or not known yet
  known = $state(false); // false: neither this device nor the server has said
  problem = $state.raw<Problem | null>(null); // why it is not known

  constructor(private readonly live: Live) {}

  async begin(): Promise<void> {
    whenUnauthorised(() => this.end());
    addEventListener("storage", (event) => {
      if (event.key === KEY && event.newValue === null) void this.check(); // signed out in another tab?
    });
    const snapshot = kept();
    if (snapshot) {
      this.live.restore(snapshot);
      this.take(snapshot.session);
    }
    await this.check();
  }

  async check(): Promise<void> {
    this.problem = null;
    try {
      this.take(await get<SessionAnswer>("/session"));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.kind === "unauthorised") this.end();
      else this.problem = error;
    }
  }

  async signIn(name: string, password: string): Promise<void> {
    this.take(await post<SessionAnswer>("/session", { name, password }));
  }

  async changePassword(old: string, fresh: string): Promise<void> {
    await put("/password", { old, new: fresh });
  }

  /** Signed out only when the server says so: until then its cookie still opens everything. */
  async signOut(): Promise<void> {
    try {
      await remove("/session");
    } catch (error) {
      if (!(error instanceof Problem && error.kind === "unauthorised")) throw error;
    }
    this.end();
  }

  private take(answer: SessionAnswer): void {
    this.answer = answer;
    this.known = true;
    this.live.start(answer);
  }

  private end(): void {
    this.live.stop();
    forget();
    this.answer = null;
    this.known = true;
  }
}
