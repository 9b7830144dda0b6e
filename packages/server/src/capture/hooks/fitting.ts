import { isIP } from 'node:net';
import { actionWord, FIELDS, type Json, outcomeOf } from '@daybook/protocol';

const TYPES: ReadonlyMap<string, string> = new Map(FIELDS.map(({ name, type }) => [name, type]));

/** As the field takes it; undefined: it can't, and the value is kept beside. Intake would refuse the whole item. */
export function fitting(field: string, value: Json): Json | undefined {
  switch (TYPES.get(field) ?? 'string') {
    case 'json':
    case 'map':
    case 'time':
      return value;
    case 'strings':
      return Array.isArray(value) ? value.filter(isScalar).map(String) : isScalar(value) ? [String(value)] : undefined;
    case 'ip':
      return typeof value === 'string' && isIP(value) !== 0 ? value : undefined;
    case 'uint':
      return Number.isSafeInteger(Number(value)) && Number(value) >= 0 && isScalar(value) ? Number(value) : undefined;
    case 'float':
      return isScalar(value) && Number.isFinite(Number(value)) ? Number(value) : undefined;
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'enum':
      return isScalar(value) ? word(field, String(value)) : undefined;
    default:
      return isScalar(value) ? String(value) : JSON.stringify(value);
  }
}

function word(field: string, value: string): string | undefined {
  if (field === 'action') return actionWord(value);
  if (field === 'outcome') return outcomeOf(value);
  const known = FIELDS.find(({ name }) => name === field)?.values ?? [];
  return known.includes(value) ? value : undefined;
}

export function isScalar(value: Json): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
