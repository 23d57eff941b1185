// Fails when a part of the build is heavier than a bad link can carry (gzipped KB, 1 KB = 1024 bytes).
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMITS = { "first script": 60, CSS: 8, chart: 25 };
const manifest = JSON.parse(readFileSync("static/.vite/manifest.json", "utf8"));

/** The files of an entry and of everything it imports at once. */
function files(key, kind, seen = new Set()) {
  if (seen.has(key)) return [];
  seen.add(key);
  const part = manifest[key];
  const own = kind === "css" ? (part.css ?? []) : [part.file];
  return [...own, ...(part.imports ?? []).flatMap((name) => files(name, kind, seen))];
}

const weigh = (names) =>
  [...new Set(names)].reduce((sum, name) => sum + gzipSync(readFileSync(`static/${name}`)).length, 0) / 1024;

const first = files("index.html", "js");
const chart = files("src/chart/draw.ts", "js").filter((name) => !first.includes(name));
const css = Object.values(manifest).flatMap((part) => part.css ?? []);
const weights = { "first script": weigh(first), CSS: weigh(css), chart: weigh(chart) };

for (const [name, limit] of Object.entries(LIMITS)) {
  const weight = weights[name];
  const over = weight > limit;
  console.log(`${over ? "OVER" : "ok  "} ${name}: ${weight.toFixed(1)} of ${limit} KB`);
  if (over) process.exitCode = 1;
}
