import type { JsonRecord } from '@daybook/protocol';
import { firstOf } from '../json/values.ts';

/** Columns of tables begin in lower case by now, members of the stream in upper case. */
export function said(p: JsonRecord, name: string): string | undefined {
  return firstOf(p[name], p[name.charAt(0).toLowerCase() + name.slice(1)]);
}
