// The rules and templates of the organisation, and what a person does to them.

import { get, post } from "../api/client";
import type { BuiltInRule, RuleAnswer, RuleRow, RulesAnswer, RuleTemplate } from "../api/types";
import type { View } from "../live/reads";
import { Changes } from "./changes.svelte";

export class Book extends Changes {
  rules = $state.raw<RuleRow[] | null>(null); // null: not read yet
  builtIn = $state.raw<BuiltInRule[]>([]);
  templates = $state.raw<RuleTemplate[]>([]);

  readonly view: View = {
    key: "rules",
    sites: null,
    read: async (_, signal) => {
      const [rules, templates] = await this.newest(() =>
        Promise.all([get<RulesAnswer>("/rules", signal), get<RuleTemplate[]>("/templates", signal)]),
      );
      this.rules = rules.items;
      this.builtIn = rules.built_in;
      this.templates = templates;
      return rules.server_time;
    },
  };

  publish(rule: RuleRow, said: string): Promise<void> {
    const version = rule.draft_version ?? rule.version;
    return this.change(rule.id, said, () => post(`${address(rule.id)}/publish`, { version }));
  }

  retire(rule: RuleRow, said: string): Promise<void> {
    return this.change(rule.id, said, () => post(`${address(rule.id)}/retire`, {}));
  }

  make(template: RuleTemplate, said: string): Promise<void> {
    const taken = new Set([...(this.rules ?? []).map(({ id }) => id), ...template.rules]);
    const rule_id = freeId(template.id, taken);
    return this.change(template.id, said, () => post(`/templates/${encodeURIComponent(template.id)}/rule`, { rule_id, scope: null }));
  }

  private async change(id: string, said: string, save: () => Promise<RuleAnswer>): Promise<void> {
    const answer = await this.act(id, save);
    if (!answer) return;
    const rest = (this.rules ?? []).filter(({ id }) => id !== answer.rule.id);
    this.rules = [...rest, answer.rule];
    this.said = said;
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
