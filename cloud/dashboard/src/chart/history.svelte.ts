// The past of one point as its page shows it: read for a range, again when the past changed, and kept alive between.

import { get, Problem } from "../api/client";
import type { Buckets } from "../api/types";
import { fold, stepFor } from "./buckets";
import type { Range } from "./range";

const SPACING_MS = 3_000; // a backfill tells of itself each second

/** What the page knows at the moment of reading. */
export interface Facts {
  range: Range; // one that ends now moves on
  width: number; // of the drawing, in pixels
  interval_s: number | null;
  newest: number; // time of the latest known reading
}

export class History {
  buckets = $state.raw<Buckets | null>(null);
  range = $state.raw<Range | null>(null); // of these buckets
  problem = $state.raw<Problem | null>(null);
  reading = $state.raw<AbortController | null>(null);

  private began = -Infinity;
  private counted = Infinity; // readings up to this time are in the buckets
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly point: number,
    private readonly facts: () => Facts,
  ) {}

  /** Another range: what is being read is not wanted any more. */
  show(): void {
    this.stop();
    void this.read();
  }

  /** The past may have changed. */
  again(): void {
    clearTimeout(this.timer);
    const rest = this.reading ? SPACING_MS : Math.max(0, SPACING_MS - (performance.now() - this.began));
    this.timer = setTimeout(() => (this.reading ? this.again() : void this.read()), rest);
  }

  /** A reading that came live; one that was merged away on its way is counted when the range is read again. */
  take(at: number, value: number | null): void {
    if (!this.buckets || !this.range?.moving || at <= this.counted) return;
    this.counted = at;
    this.buckets = fold(this.buckets, at, value);
  }

  cancel(): void {
    this.stop();
    this.problem = new Problem("stopped");
  }

  stop(): void {
    clearTimeout(this.timer);
    this.reading?.abort();
    this.reading = null;
  }

  private async read(): Promise<void> {
    const stop = (this.reading = new AbortController());
    this.began = performance.now();
    this.problem = null;
    const { range, ...facts } = this.facts();
    try {
      const buckets = await get<Buckets>(this.address(range, facts), stop.signal);
      if (this.reading !== stop) return;
      [this.buckets, this.range, this.counted] = [buckets, range, this.facts().newest];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (this.reading === stop) this.problem = error;
    } finally {
      if (this.reading === stop) this.reading = null;
    }
  }

  private address({ from, to }: Range, { width, interval_s }: Omit<Facts, "range">): string {
    const step = stepFor(to - from, width, interval_s);
    const cut = (at: number, way: (n: number) => number): number => way(at / (step * 1000)) * step * 1000;
    return `/points/${this.point}/buckets?from=${cut(from, Math.floor)}&to=${cut(to, Math.ceil)}&step_s=${step}`;
  }
}
