// One WebSocket that is kept open: tries again with patience, and counts a silent link as lost.

import type { LiveMessage } from "../api/types";
import { delay, SILENCE_MS } from "./link";

const CONNECT_MS = 15_000;

export interface Ears {
  message(message: LiveMessage): void;
  lost(failures: number): void; // failures in a row, this one included
}

export class Socket {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private query: string | null = null;

  constructor(private readonly ears: Ears) {}

  /** Connects, or changes what is asked for. `null` sites: the whole organisation. */
  open(sites: number[] | null): void {
    const query = sites ? `?sites=${sites.join(",")}` : "";
    if (query === this.query) return;
    this.query = query;
    this.connect();
  }

  close(): void {
    this.query = null;
    this.drop();
  }

  /** There is reason to hope (the network came back, the page is looked at again). */
  retry(): void {
    if (this.query !== null && this.socket?.readyState !== WebSocket.OPEN) this.connect();
  }

  private connect(): void {
    this.drop();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/live${this.query}`);
    this.socket = socket;
    this.limit(CONNECT_MS);
    socket.onopen = () => this.limit(SILENCE_MS);
    socket.onmessage = (event: MessageEvent<string>) => {
      this.failures = 0;
      this.limit(SILENCE_MS);
      this.ears.message(JSON.parse(event.data) as LiveMessage);
    };
    socket.onclose = () => this.fail();
  }

  private limit(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fail(), ms);
  }

  private fail(): void {
    this.drop();
    this.failures += 1;
    this.timer = setTimeout(() => this.connect(), delay(this.failures - 1, Math.random()));
    this.ears.lost(this.failures);
  }

  private drop(): void {
    clearTimeout(this.timer);
    if (!this.socket) return;
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }
}
