import { textOf } from '../event.ts';
import { NUMERIC } from '../fields.ts';
import { whole } from '../numbers.ts';

/** A value of an event within a table: text, whatever it holds. */
export function EventCell({ field, value }: { readonly field: string; readonly value: unknown }) {
  if (value === undefined || value === null || value === '') return <span className="quiet">–</span>;
  if (field === 'outcome') return <Outcome value={textOf(value)} />;
  if (typeof value === 'number' && NUMERIC.has(field)) return <span className="tabular">{whole(value)}</span>;
  return <span className="untrusted clip">{textOf(value)}</span>;
}

const KNOWN = ['success', 'failure', 'denied'];

export function Outcome({ value }: { readonly value: string }) {
  return <span className={`outcome ${KNOWN.includes(value) ? value : 'unknown'}`}>{value}</span>;
}
