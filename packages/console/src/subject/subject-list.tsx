import { visible } from '../event.ts';
import { short, whole } from '../numbers.ts';
import { Link } from '../parts/link.tsx';
import type { ListRow } from './look.ts';
import { type ListOf, subjectPath } from './subjects.ts';

interface ListProps {
  readonly list: ListOf;
  readonly rows: readonly ListRow[];
  readonly distinct: number;
  readonly link: (value: string) => string;
}

/** The most frequent values beside the subject: the name leads to a page about it where there is one, the number to the events. */
export function SubjectList({ list: { field, title }, rows, distinct, link }: ListProps) {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return (
    <section className="card">
      <h2>
        {title} <span className="quiet">{distinct > rows.length ? `${rows.length} of ${whole(distinct)}` : ''}</span>
      </h2>
      {rows.length === 0 ? <p className="quiet none">None is named in this range.</p> : undefined}
      <ol className="bars two">
        {rows.map(({ value, count, isNew }) => (
          <li key={value}>
            <span className="bar" style={{ width: `${(count / most) * 100}%` }} />
            <Link className="clip untrusted" href={subjectPath(field, value) ?? link(value)} title={visible(value)}>
              {visible(value)}
            </Link>
            {isNew ? <span className="tag">new</span> : undefined}
            <Link className="num" href={link(value)} aria-label={`${whole(count)} events of ${visible(value)}`}>
              {short(count)}
            </Link>
          </li>
        ))}
      </ol>
    </section>
  );
}
