// Everything the server told of sites, points and gateways, folded together; knows nothing of links or pages.

import { SvelteMap } from "svelte/reactivity";
import type { Alert, AlertsAnswer, Device, Gateway, LiveReading, Point, Site, SiteAnswer, SiteRow } from "../api/types";
import { foldAlert, foldGateway, foldPoint, foldReading } from "./fold";

export interface KnownDevice extends Omit<Device, "points"> {
  points: number[];
}

export interface KnownSite extends Site {
  points: number | null; // null: only met through a point or a page of its own
  newest_at: number | null;
  headline: number | null; // a point
}

export interface Kept {
  sites: KnownSite[];
  points: Point[];
  gateways: Gateway[];
  devices: [number, KnownDevice[]][];
  alerts?: Alert[]; // absent in what an older build kept, as the next
  alertsAt?: number | null;
}

export class Entities {
  readonly sites = new SvelteMap<number, KnownSite>();
  readonly points = new SvelteMap<number, Point>();
  readonly gateways = new SvelteMap<string, Gateway>();
  readonly devices = new SvelteMap<number, KnownDevice[]>(); // by site
  readonly alerts = new SvelteMap<string, Alert>(); // the open ones
  private readonly alertHeard = new Map<string, number>(); // by id: when its newest news were asked for or came
  alertsAt = $state<number | null>(null); // the server's time when all open ones were read

  takeSites(rows: SiteRow[]): void {
    keepOnly(this.sites, rows);
    for (const { headline, gateways, ...row } of rows) {
      const newest_at = later(row.newest_at, this.sites.get(row.id)?.newest_at ?? null);
      this.sites.set(row.id, { ...row, newest_at, headline: headline?.id ?? null });
      if (headline) this.takePoint(headline);
      gateways.forEach((gateway) => this.takeGateway(gateway));
    }
  }

  takeSite({ site, devices, gateways }: SiteAnswer): void {
    this.takeSiteAlone(site);
    this.devices.set(
      site.id,
      devices.map(({ points, ...device }) => ({ ...device, points: points.map((point) => point.id) })),
    );
    devices.flatMap((device) => device.points).forEach((point) => this.takePoint(point));
    gateways.forEach((gateway) => this.takeGateway(gateway));
  }

  takeSiteAlone({ id, name, zone, tags, offline_after_s }: Site): void {
    const known = this.sites.get(id) ?? { points: null, newest_at: null, headline: null };
    this.sites.set(id, { ...known, id, name, zone, tags, offline_after_s });
  }

  takePoint(point: Point): void {
    this.points.set(point.id, foldPoint(this.points.get(point.id), point));
  }

  takeGateways(gateways: Gateway[]): void {
    keepOnly(this.gateways, gateways);
    gateways.forEach((gateway) => this.takeGateway(gateway));
  }

  takeGateway(gateway: Gateway): void {
    this.gateways.set(gateway.id, foldGateway(this.gateways.get(gateway.id), gateway));
  }

  /** All that are open, of every site; `asked`: when the answer was asked for, of performance.now(). */
  takeAlerts({ items, server_time }: AlertsAnswer, asked: number): void {
    const newer = [...this.alerts.values()].filter(({ id }) => this.isNewer(id, asked));
    keepOnly(this.alerts, [...items, ...newer]);
    items.forEach((alert) => this.takeAlert(alert, asked));
    this.alertsAt = server_time;
  }

  /** News of one. An answer that was asked for before them may be older than they are. */
  takeAlert(alert: Alert, asked = performance.now()): void {
    if (this.isNewer(alert.id, asked)) return;
    this.alertHeard.set(alert.id, asked);
    if (alert.ended_at !== null) this.alerts.delete(alert.id);
    else this.alerts.set(alert.id, foldAlert(this.alerts.get(alert.id), alert));
  }

  private isNewer(alert: string, asked: number): boolean {
    return (this.alertHeard.get(alert) ?? -Infinity) > asked;
  }

  takeReadings(site: number, readings: LiveReading[]): void {
    for (const reading of readings) {
      const known = this.points.get(reading[0]);
      if (known) this.points.set(known.id, foldReading(known, reading));
    }
    const row = this.sites.get(site);
    const newest_at = readings.reduce<number | null>((at, reading) => later(at, reading[1]), row?.newest_at ?? null);
    if (row && newest_at !== row.newest_at) this.sites.set(site, { ...row, newest_at });
  }

  gatewaysOf(site: number): Gateway[] {
    return [...this.gateways.values()].filter((gateway) => gateway.site_id === site);
  }

  kept(): Kept {
    return {
      sites: [...this.sites.values()],
      points: [...this.points.values()],
      gateways: [...this.gateways.values()],
      devices: [...this.devices],
      alerts: [...this.alerts.values()],
      alertsAt: this.alertsAt,
    };
  }

  restore({ sites, points, gateways, devices, alerts = [], alertsAt = null }: Kept): void {
    for (const site of sites) this.sites.set(site.id, site);
    for (const point of points) this.takePoint(point);
    for (const gateway of gateways) this.takeGateway(gateway);
    for (const [site, known] of devices) this.devices.set(site, known);
    for (const alert of alerts) this.takeAlert(alert);
    this.alertsAt = alertsAt;
  }

  clear(): void {
    for (const map of [this.sites, this.points, this.gateways, this.devices, this.alerts]) map.clear();
    this.alertHeard.clear();
    this.alertsAt = null;
  }
}

function keepOnly<K>(map: SvelteMap<K, { id: K }>, rows: { id: K }[]): void {
  const ids = new Set(rows.map((row) => row.id));
  for (const id of [...map.keys()]) if (!ids.has(id)) map.delete(id);
}

function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
