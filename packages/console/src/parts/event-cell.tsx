import { textOf } from '../event.ts';
import { NUMERIC } from '../fields.ts';
import { whole } from '../numbers.ts';
import { subjectPath } from '../subject/subjects.ts';
import { Link } from './link.tsx';

/** A value of an event within a table: text, whatever it holds. */
export function EventCell({ field, value }: { readonly field: string; readonly value: unknown }) {
  if (value === undefined || value === null || value === '') return <span className="quiet">–</span>;
  if (field === 'outcome') return <Outcome value={textOf(value)} />;
  if (typeof value === 'number' && NUMERIC.has(field)) return <span className="tabular">{whole(value)}</span>;
  const about = field === 'ip_address' || field === 'resource' ? undefined : subjectPath(field, value);
  if (about !== undefined)
    return (
      // A click on the row opens the event, one on the name the person.
      <Link className="untrusted clip about" href={about} tabIndex={-1} onClick={(event) => event.stopPropagation()}>
        {textOf(value)}
      </Link>
    );
  return <span className="untrusted clip">{textOf(value)}</span>;
}

const KNOWN = ['success', 'failure', 'denied'];

export function Outcome({ value }: { readonly value: string }) {
  return <span className={`outcome ${KNOWN.includes(value) ? value : 'unknown'}`}>{value}</span>;
}
