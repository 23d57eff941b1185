import { expect, test } from "vitest";
import { freeId } from "./book.svelte";

test("a rule made of a template has its name, or the first number after it that is free", () => {
  expect(freeId("tank-low", new Set())).toBe("tank-low");
  expect(freeId("tank-low", new Set(["tank-low", "tank-low-2"]))).toBe("tank-low-3");
});
