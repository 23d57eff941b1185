// Addresses: what a URL shows, and how the page moves to another. All view state lives here.

export type AlertTab = "open" | "shelved" | "history";

export type Route =
  | { page: "sites"; query: string; attention: boolean }
  | { page: "site"; id: number }
  | { page: "point"; id: number; query: URLSearchParams }
  | { page: "gateways"; state: string }
  | { page: "gateway"; id: string }
  | { page: "alerts"; state: AlertTab; site: number | null }
  | { page: "alert"; id: string; table: boolean }
  | { page: "rules" }
  | { page: "people" }
  | { page: "account" }
  | { page: "lost" };

export function parse(path: string, search: string): Route {
  const query = new URLSearchParams(search);
  const [page = "sites", id, ...rest] = path.split("/").filter(Boolean);
  if (rest.length > 0) return { page: "lost" };
  if (id === undefined) return list(page, query);
  const number = numberOf(id);
  if (page === "sites" && number !== null) return { page: "site", id: number };
  if (page === "points" && number !== null) return { page: "point", id: number, query };
  if (page === "gateways") return { page: "gateway", id: decoded(id) };
  if (page === "alerts") return { page: "alert", id: decoded(id), table: query.get("view") === "table" };
  return { page: "lost" };
}

function list(page: string, query: URLSearchParams): Route {
  if (page === "sites") return { page, query: query.get("q") ?? "", attention: query.has("attention") };
  if (page === "gateways") return { page, state: query.get("state") ?? "" };
  if (page === "alerts") return { page, state: tabOf(query.get("state")), site: numberOf(query.get("site") ?? "") };
  return page === "account" || page === "rules" || page === "people" ? { page } : { page: "lost" };
}

function tabOf(state: string | null): AlertTab {
  return state === "shelved" || state === "history" ? state : "open";
}

function numberOf(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id; // not ours: the server will say that it knows no such gateway
  }
}

/** The same page with other view state; what is null leaves the URL. */
export function withQuery(changes: Record<string, string | null>): string {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text ? `${location.pathname}?${text}` : location.pathname;
}
