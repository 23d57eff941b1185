// Where an alert is, in words: its site, and the point, the gateway or the area.

import type { Alert } from "../api/types";
import { alerting } from "./alerting";
import { metricName } from "./format";

/** "oht-1 water level" for a point; what is no point is said as it is. */
export function pointName(point: string): string {
  const [device = "", metric = ""] = point.split("/");
  return metric ? `${device} ${metricName(metric).toLocaleLowerCase()}` : point;
}

export function siteName({ site, point }: Alert): string {
  if (site) return site;
  const [tag, name] = point.split("=");
  return tag === "region" && name ? alerting.area(name) : alerting.several;
}

/** "Amba · oht-1 level" */
export function placeName(alert: Alert): string {
  const isPlace = alert.point !== "" && !alert.point.includes("=");
  return isPlace ? `${siteName(alert)} · ${pointName(alert.point)}` : siteName(alert);
}
