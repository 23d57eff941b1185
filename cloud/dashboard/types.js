// Writes src/api/schema.ts from the cloud's own OpenAPI document; with --check it only says whether they differ.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const ROOT = new URL("../../", import.meta.url);
const FILE = new URL("src/api/schema.ts", import.meta.url);
const python = process.env.PYTHON ?? new URL(".venv/bin/python", ROOT).pathname;

const document = execFileSync(python, ["-m", "cloud", "openapi"], { cwd: ROOT, encoding: "utf8", maxBuffer: 2 ** 26 });
const header = "// Made by `npm run types` from the cloud's OpenAPI document. Do not edit.\n\n";
const made = header + astToString(await openapiTS(document, { alphabetize: true }));

if (!process.argv.includes("--check")) writeFileSync(FILE, made);
else if (!existsSync(FILE) || readFileSync(FILE, "utf8") !== made) {
  console.error("src/api/schema.ts is not what the cloud says of its API: run `npm run types` and commit it");
  process.exitCode = 1;
}
