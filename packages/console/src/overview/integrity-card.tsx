import { whole } from '../numbers.ts';
import { Icon } from '../parts/icons.tsx';
import { Link } from '../parts/link.tsx';
import { checkHeads } from '../proof/check-heads.ts';
import { pageAddress } from '../shortcuts.ts';
import { useQuery } from '../use-query.ts';

/** The signed heads, checked here. */
export function IntegrityCard() {
  const { data, error } = useQuery('heads', checkHeads);
  const bad = (data ?? []).filter(({ verdict }) => verdict.kind === 'bad');
  return (
    <section className="card">
      <h2>
        <Link href={pageAddress('/integrity')}>Integrity</Link>
      </h2>
      {error === undefined ? undefined : <p className="quiet none">{error.message}</p>}
      <ul className="heads">
        {(data ?? []).map(({ log, size, verdict }) => (
          <li key={log}>
            <span className={verdict.kind === 'bad' ? 'bad' : 'good'}>
              <Icon name={verdict.kind === 'bad' ? 'warning' : 'check'} />
            </span>
            <span>{log}</span>
            <span className="num quiet">{whole(size)} entries signed</span>
          </li>
        ))}
      </ul>
      {data === undefined ? undefined : (
        <p className="quiet none">
          {bad.length === 0
            ? 'Signatures and consistency with what this browser saw before: checked here.'
            : 'A signed head does not fit. Open Integrity for what to do.'}
        </p>
      )}
    </section>
  );
}
