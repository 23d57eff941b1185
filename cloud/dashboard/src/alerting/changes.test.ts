import { expect, test } from "vitest";
import { Problem } from "../api/client";
import { Changes } from "./changes.svelte";

class Names extends Changes {
  shown = "";

  async read(ask: () => Promise<string>): Promise<void> {
    this.shown = await this.newest(ask);
  }

  async save(ask: () => Promise<string>): Promise<void> {
    this.shown = (await this.act("name", ask)) ?? this.shown;
  }
}

/** An answer that comes when the test wants it. */
function answer(): { ask: () => Promise<string>; come: (text: string) => void; fail: (error: Error) => void } {
  let come: (text: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((resolve, reject) => ([come, fail] = [resolve, reject]));
  return { ask: () => promise, come, fail };
}

test("a read that was asked for before something was saved does not take it back", async () => {
  const names = new Names();
  const [first, second, saved] = [answer(), answer(), answer()];
  const asks = [first.ask, second.ask];
  const reading = names.read(() => asks.shift()!());
  const saving = names.save(saved.ask);
  saved.come("new");
  await saving;
  first.come("old");
  second.come("new, as read");
  await reading;
  expect(names.shown).toBe("new, as read");
});

test("so it is when the answer to the saving was lost: it may have been saved", async () => {
  const names = new Names();
  const [first, second, lost] = [answer(), answer(), answer()];
  const asks = [first.ask, second.ask];
  const reading = names.read(() => asks.shift()!());
  const saving = names.save(lost.ask);
  lost.fail(new Problem("network"));
  await saving;
  first.come("old");
  second.come("saved");
  await reading;
  expect(names.shown).toBe("saved");
  expect(names.problem).toMatchObject({ on: "name", problem: { kind: "network" } });
});

test("one act at a time", async () => {
  const names = new Names();
  const [first, second] = [answer(), answer()];
  const saving = names.save(first.ask);
  await names.save(second.ask);
  first.come("first");
  await saving;
  expect(names.shown).toBe("first");
});
