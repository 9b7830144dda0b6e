import { visible } from '../event.ts';
import { short, whole } from '../numbers.ts';
import { Link } from '../parts/link.tsx';
import { subjectPath } from '../subject/subjects.ts';

export interface Top {
  readonly field: string;
  readonly also: string;
  readonly values: readonly { readonly value: string; readonly count: number }[];
}

interface TopListProps {
  readonly title: string;
  readonly none: string;
  readonly top: Top | undefined;
  readonly all: string;
  readonly link: (value: string) => string;
}

/** The most frequent values as bars that compare: the name leads to the page about it, the number to its events. */
export function TopList({ title, none, top, all, link }: TopListProps) {
  const values = top?.values ?? [];
  const most = Math.max(1, ...values.map(({ count }) => count));
  return (
    <section className="card">
      <h2>
        <Link href={all}>{title}</Link>
      </h2>
      {values.length === 0 ? <p className="quiet none">{none}</p> : undefined}
      <ol className="bars two">
        {values.map(({ value, count }) => (
          <li key={value}>
            <span className="bar" style={{ width: `${(count / most) * 100}%` }} />
            <Link className="clip untrusted" href={subjectPath(top?.field ?? '', value) ?? link(value)} title={visible(value)}>
              {visible(value)}
            </Link>
            <Link className="num" href={link(value)} aria-label={`${whole(count)} events of ${visible(value)}`}>
              {short(count)}
            </Link>
          </li>
        ))}
      </ol>
    </section>
  );
}
