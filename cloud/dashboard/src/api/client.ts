// One door to /api/v1: JSON in, JSON out, every failure a Problem in plain kinds.

const TIMEOUT_MS = 30_000;
const ASKS_A_PASSWORD = ["/session", "/password"]; // there a 401 may mean a wrong password, not a lost session

export type ProblemKind = "network" | "stopped" | "unauthorised" | "forbidden" | "missing" | "refused" | "server";

export class Problem extends Error {
  constructor(
    readonly kind: ProblemKind,
    readonly detail = "",
    readonly reference = "", // under which the server's log has it
  ) {
    super(detail || kind);
  }
}

let onUnauthorised = (): void => undefined;

/** Called when the server no longer knows this session. */
export function whenUnauthorised(act: () => void): void {
  onUnauthorised = act;
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => call<T>("GET", path, undefined, signal);
export const post = <T>(path: string, body: object): Promise<T> => call<T>("POST", path, body);
export const put = <T>(path: string, body: object): Promise<T> => call<T>("PUT", path, body);
export const remove = <T = void>(path: string): Promise<T> => call<T>("DELETE", path, {});

async function call<T>(method: string, path: string, body?: object, signal?: AbortSignal): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
  if (signal?.aborted) stop.abort();
  signal?.addEventListener("abort", () => stop.abort());
  try {
    const answer = await fetch(`/api/v1${path}`, {
      method,
      signal: stop.signal,
      ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.ok) return (text ? JSON.parse(text) : undefined) as T;
    if (answer.status === 401 && !ASKS_A_PASSWORD.includes(path)) onUnauthorised();
    throw new Problem(kindOf(answer.status), wordOf(text, "detail"), wordOf(text, "reference"));
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(signal?.aborted ? "stopped" : "network"); // no answer, or a captive portal's page
  } finally {
    clearTimeout(timer);
  }
}

function kindOf(status: number): ProblemKind {
  if (status === 401) return "unauthorised";
  if (status === 403) return "forbidden";
  if (status === 404) return "missing";
  return status < 500 ? "refused" : "server";
}

function wordOf(text: string, name: "detail" | "reference"): string {
  try {
    const word: unknown = (JSON.parse(text) as Record<string, unknown>)[name];
    return typeof word === "string" ? word : "";
  } catch {
    return ""; // a proxy's HTML page, not ours
  }
}
