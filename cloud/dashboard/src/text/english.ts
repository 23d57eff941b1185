// Every word of the pages, in English. Another language is another file with the same keys.

import type { GatewayState, Severity } from "../api/types";
import type { LinkState } from "../live/link";
import type { PointState } from "../live/state";

export const locale = "en-IN";

const count = (n: number, one: string, many: string): string =>
  `${new Intl.NumberFormat(locale).format(n)} ${new Intl.PluralRules(locale).select(n) === "one" ? one : many}`;

export const text = {
  product: "Evara",
  skip: "Skip to content",
  retry: "Try again",
  cancel: "Cancel",
  now: "now",

  nav: { label: "Main", sites: "Sites", alerts: "Alerts", gateways: "Gateways", rules: "Rules", account: "Account" },

  alerts: {
    severity: { critical: "Critical", warning: "Warning", info: "Info" } satisfies Record<Severity, string>,
    side: { low: "Low", high: "High", alert: "Alert" },
    open: (n: number) => count(n, "open alert", "open alerts"),
    atSite: "Open alerts",
  },

  link: {
    label: "Connection",
    state: { live: "Live", reconnecting: "Reconnecting", offline: "Offline" } satisfies Record<LinkState, string>,
    connecting: "Connecting",
    since: (ago: string) => `last heard ${ago}`,
    lost: "No connection to the server. Values below are the last ones received.",
    partial: "This page could not be read again. Live values are current.",
  },

  loading: { label: "Loading", slow: "Slow connection. Still trying." },

  problem: {
    network: "The server could not be reached. Check the connection, then try again.",
    stopped: "Loading was stopped.",
    unauthorised: "Your session has ended. Sign in again.",
    forbidden: "Your role does not allow this. Ask an administrator of your organisation.",
    missing: "This was not found.",
    refused: "The server did not accept this.",
    server: "The server has a problem. Try again in a minute.",
    reference: (id: string) => `Reference ${id}`,
  },

  lost: {
    title: "Not found",
    page: "There is no such page. The address may be mistyped.",
    site: "There is no such site, or it belongs to another organisation.",
    point: "There is no such point, or it belongs to another organisation.",
    gateway: "There is no such gateway, or it belongs to another organisation.",
    alert: "There is no such alert, or it belongs to another organisation.",
    home: "Go to the sites",
  },

  signIn: {
    title: "Sign in",
    promise: "Water at every site, with its age.",
    name: "Name",
    password: "Password",
    act: "Sign in",
    busy: "Signing in…",
    wrong: "Name or password is not right. Check both and try again.",
    first: "First start? The name is admin; the password is in the file admin-password of the server’s data directory.",
  },

  account: {
    title: "Account",
    signedIn: (name: string, role: string) => `Signed in as ${name} (${role}).`,
    organisation: "Organisation",
    signOut: "Sign out",
    signOutNote: "Signing out also removes the values kept on this device.",
    notSignedOut: "Not signed out: the server could not be reached. Try again.",
    password: "Change password",
    old: "Current password",
    fresh: "New password",
    freshNote: "At least 10 characters. Other sessions of yours end.",
    change: "Change password",
    changed: "Password changed. Other sessions have ended.",
    notChanged: "Not saved.",
    wrongOld: "The current password is not right.",
    appearance: "Appearance",
  },

  theme: { label: "Colours", auto: "Auto", light: "Light", dark: "Dark" },

  sites: {
    title: "Sites",
    search: "Find a site",
    attention: "Needs attention",
    all: "All",
    none: "No sites yet. Add the first gateway on the server:",
    noneCommand: "evara-cloud gateway add NAME --site SITE",
    noMatch: (query: string) => (query ? `No site matches “${query}”.` : "No site needs attention."),
    showAll: "Show all sites",
    counted: (n: number) => count(n, "site", "sites"),
    points: (n: number) => count(n, "point", "points"),
    receiving: "Receiving",
    silent: "No gateway in touch",
    noGateway: "No gateway",
    never: "No data yet",
    newest: (ago: string) => `newest ${ago}`,
  },

  site: {
    back: "Sites",
    localTime: (time: string) => `Local time ${time}`,
    allGood: (n: number) => (n === 1 ? "The point is good." : `All ${n} points are good.`),
    some: (odd: number, all: number) => `${odd} of ${all} points need a look.`,
    silent: "No gateway is in touch. Values are the last ones received.",
    old: "Nothing new. Values are the last ones received.",
    noPoints: "No points yet. They appear with the first readings of a gateway.",
    gateways: "Gateways",
    noGateways: "No gateway is bound to this site.",
    newest: (ago: string) => `Newest reading ${ago}.`,
  },

  point: {
    state: { good: "Good", suspect: "Suspect", fault: "Fault", stale: "Stale", never: "No value yet" } satisfies Record<
      PointState,
      string
    >,
    noValue: "No value",
    measured: (time: string) => `Measured ${time}`,
    expected: (span: string) => `Expected every ${span}`,
    irregular: "No fixed interval",
    derived: (of: string, how: string) => `Derived from ${of}: ${how}`,
    calibrated: (date: string) => `calibration of ${date}`,
    uncalibrated: "no calibration holds yet",
    clockUncertain: "Time uncertain: the gateway’s clock was not set.",
    switch: { on: "On", off: "Off" },
  },

  range: {
    label: "Time range",
    presets: { "24h": "24 h", "7d": "7 days", "30d": "30 days", month: "This month", "last-month": "Last month" },
    custom: "Custom",
    from: "From",
    to: "To",
    show: "Show",
    wrong: "The end must lie after the beginning.",
    earlier: "Earlier",
    later: "Later",
    pin: "Fix times in address",
  },

  chart: {
    label: "History",
    keys: "Touch or point at the chart, or use the arrow keys, to read single values.",
    asTable: "Show as table",
    asChart: "Show as chart",
    average: "average",
    band: "lowest to highest",
    noData: "no data",
    limit: "limit",
    failed: "History could not be loaded.",
    stillLive: "Live values are current.",
    empty: "No readings in this time.",
    bucket: (span: string) => `Each value covers ${span}.`,
    gapTo: (from: string, to: string) => `No data from ${from} to ${to}`,
    reading: (time: string, average: string, low: string, high: string, n: number) =>
      `${time}: average ${average}, ${low} to ${high}, ${count(n, "reading", "readings")}`,
    nothing: (time: string) => `${time}: no data`,
    summary: (low: string, high: string, average: string, last: string) =>
      `Between ${low} and ${high}, on average ${average}; at the end ${last}.`,
    steady: (value: string) => `Always ${value}.`,
    noGaps: "No gaps.",
    gaps: (n: number, longest: string) => (n === 1 ? `One gap of ${longest}.` : `${n} gaps, the longest ${longest}.`),
    times: (zone: string) => `Times in ${zone}`,
    table: { at: "Time", low: "Lowest", average: "Average", high: "Highest", readings: "Readings" },
  },

  gateway: {
    title: "Gateways",
    back: "Gateways",
    state: {
      "never seen": "Never seen",
      online: "Online",
      quiet: "Quiet",
      offline: "Offline",
      "catching up": "Catching up",
      revoked: "Revoked",
    } satisfies Record<GatewayState, string>,
    sentence: {
      "never seen": "This gateway has not reported yet.",
      online: "In touch, nothing waits.",
      quiet: "It missed its last heartbeats, or said goodbye.",
      offline: "Out of touch. What it measures is kept there and sent when the link returns.",
      "catching up": "In touch, and sending what it kept while the link was away.",
      revoked: "Its credential is revoked: the server takes nothing from it.",
    } satisfies Record<GatewayState, string>,
    none: "No gateways yet. Add the first one on the server:",
    noMatch: (state: string) => `No gateway is ${state.toLowerCase()}.`,
    showAll: "Show all gateways",
    all: "All",
    counted: (n: number) => count(n, "gateway", "gateways"),
    contact: "Last contact",
    noContact: "never",
    asReported: "What follows is as it was reported then.",
    backlog: "Backlog",
    noBacklog: "nothing waits",
    waiting: (n: number) => count(n, "reading waits", "readings wait"),
    oldest: (time: string) => `oldest from ${time}`,
    sent: (sent: string, all: string) => `${sent} of ${all} readings sent since this page was opened`,
    left: (span: string) => `about ${span} left`,
    parked: "Parked",
    parkedSome: (n: number) => count(n, "batch was refused for good", "batches were refused for good"),
    parkedNext: "They are kept on the gateway: run evara-agent status there.",
    noParked: "none",
    site: "Site",
    id: "Gateway id",
    version: "Version",
    noVersion: "not reported",
    clock: "Clock",
    clockRight: "right",
    clockAhead: (span: string) => `${span} ahead`,
    clockBehind: (span: string) => `${span} behind`,
    clockUnknown: "not reported",
    heartbeat: "Heartbeat",
    every: (span: string) => `every ${span}`,
    offlineAfter: (span: string) => `counts as offline after ${span}`,
    sources: "Sources",
    noSources: "none reported",
    source: { closed: "reading", open: "paused after failures", "half-open": "being tried again" } as Record<string, string>,
  },
};
