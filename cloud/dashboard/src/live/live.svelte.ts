// The one live store: reads what is on screen, lays live changes over it, and knows how old all of it is.

import { untrack } from "svelte";
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { Problem } from "../api/client";
import type { Alert, LiveMessage, SessionAnswer } from "../api/types";
import { ServerClock } from "./clock";
import { Entities } from "./entities.svelte";
import { keep as keepSnapshot, type Snapshot } from "./kept";
import { linkState, POLL_AFTER, POLL_MS, REFRESH_MS, type LinkState } from "./link";
import { openAlerts, type View } from "./reads";
import { Socket } from "./socket";

const KEEP_EVERY_MS = 10_000;

export class Live {
  readonly entities = new Entities();
  readonly clock = new ServerClock();
  readonly views = new SvelteSet<string>(); // read whole at least once, now or before the last reload
  readonly backfills = new SvelteMap<number, number>(); // point -> how many times its past changed

  now = $state(0); // the server's time, each second
  link = $state<LinkState>("reconnecting");
  heardAt = $state<number | null>(null); // the server's time when it was heard last
  reads = $state(0); // answers so far: who keeps more of the past reads it again then
  problem = $state.raw<Problem | null>(null); // why the view could not be read

  private view = $state.raw<View | null>(null);
  private reading: AbortController | null = null;
  private again = false; // something changed while reading
  private readBegan = -Infinity;
  private heardMono = 0;
  private open = false;
  private failures = 0;
  private pollFailed = false;
  private session: SessionAnswer | null = null; // null: not started
  private changed = false;
  private keptMono = -Infinity;
  private timer: ReturnType<typeof setInterval> | undefined;

  private readonly socket = new Socket({
    message: (message) => this.take(message),
    lost: (failures) => this.lost(failures),
  });

  restore({ entities, server_time, wall, views }: Snapshot): void {
    this.clock.set(server_time + Math.max(0, Date.now() - wall));
    this.heardAt = server_time;
    this.entities.restore(entities);
    views.forEach((view) => this.views.add(view));
  }

  start(session: SessionAnswer): void {
    this.session = session;
    if (this.timer !== undefined) return;
    this.heardMono = performance.now();
    this.timer = setInterval(() => this.tick(), 1000);
    this.tick();
  }

  /** Forgets everything: the person signed out. */
  stop(): void {
    clearInterval(this.timer);
    this.socket.close();
    this.reading?.abort();
    this.entities.clear();
    this.views.clear();
    this.backfills.clear();
    this.timer = undefined;
    this.session = this.view = this.reading = this.heardAt = this.problem = null;
    this.open = this.again = this.changed = this.pollFailed = false;
  }

  /** What is on screen was read before, but the last reading of it failed. */
  get isPartial(): boolean {
    const { view, problem } = this;
    return view !== null && this.views.has(view.key) && problem !== null && ["server", "refused"].includes(problem.kind);
  }

  /** What is on screen now. Called from effects, which must not run again for what happens here. */
  show(view: View): void {
    untrack(() => this.turn(view));
  }

  private turn(view: View): void {
    const known = this.view?.key === view.key;
    this.view = view;
    if (view.sites?.length !== 0) this.socket.open(view.sites);
    if (known) return;
    this.reading?.abort();
    this.reading = this.problem = null;
    void this.refresh();
  }

  /** Somebody pressed "Try again", or the network came back. */
  retry(): void {
    this.problem = null;
    this.socket.retry();
    void this.refresh();
  }

  cancel(): void {
    this.reading?.abort();
    this.reading = null;
    this.problem = new Problem("stopped");
  }

  /** The page was hidden or is looked at again, or the network went. */
  look(): void {
    if (document.hidden) this.keep();
    else if (performance.now() - this.heardMono > POLL_MS) this.retry();
    else this.tick();
  }

  async refresh(): Promise<void> {
    if (this.reading) this.again = true;
    if (!this.view || this.reading) return;
    const stop = (this.reading = new AbortController());
    this.again = false;
    try {
      await this.read(this.view, stop.signal);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (this.reading === stop) this.failed(error);
    } finally {
      if (this.reading === stop) this.reading = null;
    }
    if (this.again && this.problem === null) void this.refresh();
    this.tick();
  }

  private async read(view: View, signal: AbortSignal): Promise<void> {
    this.readBegan = performance.now();
    const serverTime = await view.read(this.entities, signal);
    if (signal.aborted) return;
    if (view.key !== openAlerts.key) void this.readAlerts(signal);
    if (serverTime !== null) this.clock.hear(serverTime, performance.now() - this.readBegan);
    this.heard();
    this.pollFailed = false;
    this.problem = null;
    this.reads += 1;
    this.views.add(view.key);
    this.changed = true;
    this.keptMono = -Infinity; // a whole answer is kept at once, single changes now and then
  }

  /** Beside every page, for the count and the marks; where it fails, the page is whole without them. */
  private async readAlerts(signal: AbortSignal): Promise<void> {
    try {
      await openAlerts.read(this.entities, signal);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }

  private failed(problem: Problem): void {
    this.pollFailed = problem.kind === "network";
    this.problem = problem;
    if (this.view?.sites?.length === 0) this.socket.open(null); // its site won't be known: still show the link
  }

  private take(message: LiveMessage): void {
    if (message.type === "hello" || message.type === "beat") this.clock.hear(message.server_time);
    if (message.type === "hello") this.greeted();
    if (message.type === "readings") this.entities.takeReadings(message.site, message.readings);
    if (message.type === "gateway") this.entities.takeGateway(message.gateway);
    if (message.type === "alert") this.takeAlert(message.alert);
    if (message.type === "backfill")
      for (const point of message.points) this.backfills.set(point, (this.backfills.get(point) ?? 0) + 1);
    this.changed = true;
    this.heard();
  }

  private takeAlert(alert: Alert): void {
    this.entities.takeAlert(alert);
    if (this.view?.alert === alert.id) void this.refresh();
  }

  /** Changes come from here on; what came before them has to be read. */
  private greeted(): void {
    this.open = true;
    this.failures = 0;
    void this.refresh();
  }

  private lost(failures: number): void {
    this.open = false;
    this.failures = failures;
    if (failures === 1) void this.refresh(); // is it the socket alone, or the server?
    this.tick();
  }

  private heard(): void {
    this.heardMono = performance.now();
    this.heardAt = this.clock.now();
    this.tick();
  }

  private tick(): void {
    if (this.session === null) return;
    this.now = this.clock.now();
    const mono = performance.now();
    const due = this.open ? REFRESH_MS : this.failures >= POLL_AFTER ? POLL_MS : Infinity;
    if (!document.hidden && !this.reading && mono - this.readBegan >= due) void this.refresh();
    const { open, pollFailed } = this;
    this.link = linkState({ open, pollFailed, silentMs: mono - this.heardMono, online: navigator.onLine });
    if (this.changed && mono - this.keptMono >= KEEP_EVERY_MS) this.keep();
  }

  /** On this device, for a start without a link. */
  keep(): void {
    if (!this.changed || this.session === null || this.heardAt === null) return;
    this.changed = false;
    this.keptMono = performance.now();
    const { session, heardAt: server_time, entities, views } = this;
    const wall = Date.now() - (this.clock.now() - server_time);
    keepSnapshot({ server_time, wall, session, views: [...views], entities: entities.kept() });
  }
}
