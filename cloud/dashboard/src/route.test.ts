import { expect, test } from "vitest";
import { parse } from "./route";

const CASES: [string, string, object][] = [
  ["/", "the root leads to the sites", { page: "sites", query: "", attention: false }],
  ["/sites?q=am%20ba&attention", "filters are part of the address", { page: "sites", query: "am ba", attention: true }],
  ["/sites/12", "a site by its number", { page: "site", id: 12 }],
  ["/sites/12/", "a closing slash changes nothing", { page: "site", id: 12 }],
  ["/sites/twelve", "a site has a number", { page: "lost" }],
  ["/sites/99999999999999999999", "a number no site can have", { page: "lost" }],
  ["/gateways?state=offline", "gateways by state", { page: "gateways", state: "offline" }],
  ["/gateways/amba-7k3q", "a gateway by its id", { page: "gateway", id: "amba-7k3q" }],
  ["/gateways/%E0%A4%A", "a broken escape is kept as it came", { page: "gateway", id: "%E0%A4%A" }],
  ["/alerts", "the open alerts first", { page: "alerts", state: "open", site: null }],
  ["/alerts?state=history&site=7", "ended ones of a site", { page: "alerts", state: "history", site: 7 }],
  ["/alerts?state=never", "a state that is none", { page: "alerts", state: "open", site: null }],
  ["/alerts/9b2f-1", "an alert by its id", { page: "alert", id: "9b2f-1", table: false }],
  ["/alerts/9b2f-1?view=table", "its chart as a table", { page: "alert", id: "9b2f-1", table: true }],
  ["/rules", "the rules", { page: "rules" }],
  ["/people", "who is told", { page: "people" }],
  ["/account", "the account", { page: "account" }],
  ["/sites/1/2", "nothing lies deeper", { page: "lost" }],
  ["/nowhere", "an unknown page", { page: "lost" }],
];

test.each(CASES)("%s: %s", (address, _sentence, expected) => {
  const url = new URL(address, "https://evara.test");
  expect(parse(url.pathname, url.search)).toEqual(expected);
});

test("a point keeps its range", () => {
  const route = parse("/points/7", "?range=7d");
  expect(route.page === "point" && route.query.get("range")).toBe("7d");
});
