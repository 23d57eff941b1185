// The rules and templates of the organisation, and what a person does to them.

import { get, post, Problem } from "../api/client";
import type { BuiltInRule, RuleAnswer, RuleRow, RulesAnswer, RuleTemplate } from "../api/types";
import type { View } from "../live/reads";

export class Book {
  rules = $state.raw<RuleRow[] | null>(null); // null: not read yet
  builtIn = $state.raw<BuiltInRule[]>([]);
  templates = $state.raw<RuleTemplate[]>([]);
  problem = $state.raw<{ id: string; problem: Problem } | null>(null); // of the newest act, and on what
  said = $state(""); // what the newest act did

  private busy = false;

  readonly view: View = {
    key: "rules",
    sites: null,
    read: async (_, signal) => {
      const [rules, templates] = await Promise.all([
        get<RulesAnswer>("/rules", signal),
        get<RuleTemplate[]>("/templates", signal),
      ]);
      this.rules = rules.items;
      this.builtIn = rules.built_in;
      this.templates = templates;
      return rules.server_time;
    },
  };

  publish(rule: RuleRow, said: string): Promise<void> {
    const version = rule.draft_version ?? rule.version;
    return this.act(rule.id, said, () => post(`${address(rule.id)}/publish`, { version }));
  }

  retire(rule: RuleRow, said: string): Promise<void> {
    return this.act(rule.id, said, () => post(`${address(rule.id)}/retire`, {}));
  }

  make(template: RuleTemplate, said: string): Promise<void> {
    const taken = new Set([...(this.rules ?? []).map(({ id }) => id), ...template.rules]);
    const rule_id = freeId(template.id, taken);
    return this.act(template.id, said, () => post(`/templates/${encodeURIComponent(template.id)}/rule`, { rule_id, scope: null }));
  }

  private async act(id: string, said: string, save: () => Promise<RuleAnswer>): Promise<void> {
    if (this.busy) return; // a button that is disabled would lose the focus
    this.busy = true;
    this.said = "";
    this.problem = null;
    try {
      const { rule } = await save();
      const rest = (this.rules ?? []).filter((other) => other.id !== rule.id);
      this.rules = [...rest, rule];
      this.said = said;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = { id, problem: error };
    } finally {
      this.busy = false;
    }
  }
}

/** The name itself, or with the first number that nobody has. */
export function freeId(name: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n += 1) {
    const id = n === 1 ? name : `${name}-${n}`;
    if (!taken.has(id)) return id;
  }
}

const address = (id: string): string => `/rules/${encodeURIComponent(id)}`;
