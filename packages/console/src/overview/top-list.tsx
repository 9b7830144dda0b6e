import { visible } from '../event.ts';
import { short, whole } from '../numbers.ts';
import { Link } from '../parts/link.tsx';

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

/** The most frequent values as bars that compare, each a link to its events. */
export function TopList({ title, none, top, all, link }: TopListProps) {
  const values = top?.values ?? [];
  const most = Math.max(1, ...values.map(({ count }) => count));
  return (
    <section className="card">
      <h2>
        <Link href={all}>{title}</Link>
      </h2>
      {values.length === 0 ? <p className="quiet none">{none}</p> : undefined}
      <ol className="bars">
        {values.map(({ value, count }) => (
          <li key={value}>
            <Link href={link(value)} title={`${visible(value)}: ${whole(count)}`}>
              <span className="bar" style={{ width: `${(count / most) * 100}%` }} />
              <span className="clip untrusted">{visible(value)}</span>
              <span className="num">{short(count)}</span>
            </Link>
          </li>
        ))}
      </ol>
    </section>
  );
}
