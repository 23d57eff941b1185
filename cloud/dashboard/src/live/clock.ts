// The server's time, right also while the link is dead: last word of the server plus time that passed here.

const QUICK_MS = 2_000; // an answer this fast tells the time well enough to set the clock back

export class ServerClock {
  private server = Date.now();
  private mono = performance.now();
  private wall = Date.now();

  /** The later of two measures: performance.now() may stand still while a laptop sleeps. */
  now(): number {
    const passed = Math.max(performance.now() - this.mono, Date.now() - this.wall, 0);
    return this.server + passed;
  }

  /**
   * A message that lay in a buffer tells an old time, and an old clock makes old values look new.
   * So a late word may only move the clock forward.
   */
  hear(serverTime: number, roundTrip = Infinity): void {
    const quick = roundTrip <= QUICK_MS;
    const told = quick ? serverTime + roundTrip / 2 : serverTime;
    if (quick || told > this.now()) this.set(told);
  }

  set(serverTime: number): void {
    this.server = serverTime;
    this.mono = performance.now();
    this.wall = Date.now();
  }
}
