import { type Condition, FilterError, formatFilter, parseFilter } from '@daybook/protocol';

/** The conditions of a text, or what is wrong with it. */
export type Parsed =
  | { readonly conditions: readonly Condition[]; readonly error?: undefined }
  | { readonly conditions?: undefined; readonly error: FilterError };

export function readFilter(text: string): Parsed {
  try {
    return { conditions: parseFilter(text) };
  } catch (error) {
    if (error instanceof FilterError) return { error };
    throw error;
  }
}

/** A filter with one more value: beside others of the field as an alternative, the opposite taken away. */
export function withValue(text: string, field: string, value: string, { not = false }: { readonly not?: boolean } = {}): string {
  const before = readFilter(text).conditions ?? [];
  const kept = withoutValue(before, field, value, !not);
  const same = kept.findIndex((condition) => condition.field === field && condition.operator === ':' && condition.not === not);
  const one = { text: value, pattern: false };
  if (same < 0) return formatFilter([...kept, { field, operator: ':', not, values: [one] }]);
  return formatFilter(
    kept.map((condition, i) =>
      i === same && !condition.values.some((had) => had.text === value && !had.pattern)
        ? { ...condition, values: [...condition.values, one] }
        : condition,
    ),
  );
}

export function withoutCondition(text: string, at: number): string {
  return formatFilter((readFilter(text).conditions ?? []).filter((_, i) => i !== at));
}

export function withOpposite(text: string, at: number): string {
  return formatFilter(
    (readFilter(text).conditions ?? []).map((condition, i) => (i === at ? { ...condition, not: !condition.not } : condition)),
  );
}

/** The value goes, and a condition that has none left with it. */
export function withoutFieldValue(text: string, field: string, value: string): string {
  return formatFilter(withoutValue(readFilter(text).conditions ?? [], field, value, false));
}

function withoutValue(conditions: readonly Condition[], field: string, value: string, not: boolean): Condition[] {
  return conditions.flatMap((condition) => {
    if (condition.field !== field || condition.not !== not || condition.operator !== ':') return [condition];
    const values = condition.values.filter((one) => one.text !== value || one.pattern);
    return values.length === 0 ? [] : [{ ...condition, values }];
  });
}

/** Whether the filter asks for this value of the field. */
export function hasValue(text: string, field: string, value: string): boolean {
  return (readFilter(text).conditions ?? []).some(
    (condition) =>
      condition.field === field &&
      !condition.not &&
      condition.operator === ':' &&
      condition.values.some((one) => one.text === value && !one.pattern),
  );
}

/** One value as a filter of its own. */
export function oneValue(field: string, value: string): string {
  return formatFilter([{ field, operator: ':', not: false, values: [{ text: value, pattern: false }] }]);
}

/** Two filters that must both hold. */
export function both(a: string, b: string): string {
  return [a, b].filter((text) => text.trim() !== '').join(' ');
}
