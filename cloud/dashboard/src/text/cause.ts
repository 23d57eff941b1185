// What went wrong, in plain words: the server's own where it refused something, ours for the rest.

import type { Problem } from "../api/client";
import { text } from "./english";

export function cause({ kind, detail }: Problem): string {
  if (kind !== "refused" || !detail) return text.problem[kind];
  const sentence = detail.charAt(0).toUpperCase() + detail.slice(1);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
