// What a page asks the server for, and where the answer goes.

import { get } from "../api/client";
import type { AlertsAnswer, GatewaysAnswer, Gateway, PointAnswer, SiteAnswer, SitesAnswer } from "../api/types";
import type { Entities } from "./entities.svelte";

/** Reads, folds in, and returns the server's time where the answer has it. */
export type Read = (entities: Entities, signal: AbortSignal) => Promise<number | null>;

/** What is on screen: `key` tells two apart, `sites` limits the live changes (null: all). */
export interface View {
  key: string;
  sites: number[] | null;
  read: Read;
  alert?: string; // news of this alert make it read again
}

export const allSites: View = {
  key: "sites",
  sites: null,
  read: async (entities, signal) => {
    const answer = await get<SitesAnswer>("/sites", signal);
    entities.takeSites(answer.items);
    return answer.server_time;
  },
};

export const oneSite = (id: number): View => ({
  key: `site ${id}`,
  sites: [id],
  read: async (entities, signal) => {
    const answer = await get<SiteAnswer>(`/sites/${id}`, signal);
    entities.takeSite(answer);
    return answer.server_time;
  },
});

/** The site is known only once the point is: until then no live changes are asked for. */
export const onePoint = (id: number, site: number | undefined): View => ({
  key: `point ${id}`,
  sites: site === undefined ? [] : [site],
  read: async (entities, signal) => {
    const answer = await get<PointAnswer>(`/points/${id}`, signal);
    entities.takePoint(answer.point);
    entities.takeSiteAlone(answer.site);
    return answer.server_time;
  },
});

export const allGateways: View = {
  key: "gateways",
  sites: null,
  read: async (entities, signal) => {
    const answer = await get<GatewaysAnswer>("/gateways", signal);
    entities.takeGateways(answer.items);
    return answer.server_time;
  },
};

export const oneGateway = (id: string, site: number | undefined): View => ({
  key: `gateway ${id}`,
  sites: site === undefined ? [] : [site],
  read: async (entities, signal) => {
    const gateway = await get<Gateway>(`/gateways/${encodeURIComponent(id)}`, signal);
    entities.takeGateway(gateway);
    const { site: home } = await get<SiteAnswer>(`/sites/${gateway.site_id}`, signal); // for its time zone
    entities.takeSiteAlone(home);
    return null;
  },
});

/** All of them, whatever the page filters: none is hidden by being far down. */
export const openAlerts: View = {
  key: "alerts",
  sites: null,
  read: async (entities, signal) => {
    const asked = performance.now();
    const answer = await get<AlertsAnswer>("/alerts?state=open", signal);
    entities.takeAlerts(answer, asked);
    return answer.server_time;
  },
};
