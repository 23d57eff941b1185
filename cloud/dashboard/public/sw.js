// Keeps the app shell, so that Evara opens without a link. API answers are never kept here: old must not look new.
const SHELL = `shell ${new URL(location.href).searchParams.get("v")}`;
const PATIENCE_MS = 5_000;

async function install() {
  const cache = await caches.open(SHELL);
  const page = await fetch("/", { cache: "no-cache" });
  const files = (await page.clone().text()).match(/\/assets\/[\w.-]+/g) ?? [];
  await Promise.all([cache.put("/", page), cache.addAll([...new Set(files)])]);
  await self.skipWaiting();
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name !== SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function asset(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(SHELL)).put(request, answer.clone());
  return answer;
}

/** From the server where it answers well and soon; else what is kept. */
async function page(request) {
  const kept = await caches.match("/");
  if (!kept) return fetch(request);
  const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
  return answer?.ok ? answer : kept;
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (origin !== location.origin || event.request.method !== "GET") return;
  if (pathname.startsWith("/assets/")) event.respondWith(asset(event.request));
  else if (event.request.mode === "navigate" && !pathname.startsWith("/api/")) event.respondWith(page(event.request));
});
