import type { Config } from '../base/config.ts';
import { mustField } from '@daybook/protocol';

/** Which log an event goes to, by the operator's rules: the first whose fields all have one of the listed values; `routine`, the first log, else. */
export class ImportanceRules {
  readonly #rules: readonly CompiledRule[];
  /** Whether the rules look at nothing but action, category and outcome: then the caller may remember their answers. */
  readonly memorable: boolean;

  constructor(config: Pick<Config, 'importance' | 'logs'>) {
    this.#rules = config.importance.map((rule) => ({
      log: config.logs.indexOf(rule.log),
      conditions: Object.entries(rule.when).map(([name, values]) => ({ field: mustField(name), values: new Set(values) })),
    }));
    const fields = new Set(config.importance.flatMap((rule) => Object.keys(rule.when)));
    this.memorable = [...fields].every((name) => MEMORABLE.has(name));
  }

  /** Index of the log. `valueOf` gives a field's text, empty when absent. */
  logOf(valueOf: (field: number) => string): number {
    for (const rule of this.#rules) {
      if (rule.conditions.every(({ field, values }) => values.has(valueOf(field)))) return Math.max(0, rule.log);
    }
    return 0;
  }
}

interface CompiledRule {
  readonly log: number;
  readonly conditions: readonly { readonly field: number; readonly values: ReadonlySet<string> }[];
}

const MEMORABLE: ReadonlySet<string> = new Set(['action', 'category', 'outcome']);
