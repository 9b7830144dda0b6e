import { plural, whole } from '../numbers.ts';
import { Icon } from '../parts/icons.tsx';
import { Failure, Note, ProgressLine } from '../parts/states.tsx';
import { checkHeads, type HeadCheck } from '../proof/check-heads.ts';
import { useQuery } from '../use-query.ts';
import { save } from '../parts/save.ts';
import { IndexCheck } from './index-check.tsx';

/** Whether the logs are what they were: heads, signatures and consistency, computed in this browser. */
export function Integrity() {
  const { data, error, loading, reload } = useQuery('heads', checkHeads);
  const bad = (data ?? []).filter(({ verdict }) => verdict.kind === 'bad');
  return (
    <div className="page">
      <div className="page-head">
        <h1>Integrity</h1>
        <button type="button" className="button" disabled={loading} onClick={reload}>
          <Icon name="refresh" /> Check again
        </button>
      </div>
      <ProgressLine on={loading} />
      <div className="page-body narrow stack">
        {error === undefined ? undefined : <Failure error={error} retry={reload} />}
        {data === undefined ? undefined : bad.length === 0 ? (
          <Note tone="good" icon="check">
            <strong>The signed heads fit.</strong> Each is signed by the key that this browser knows, and goes on from the head that it saw
            last: nothing before that was changed, removed or put in.
          </Note>
        ) : (
          <Note tone="bad" icon="warning">
            <strong>A signed head does not fit.</strong>{' '}
            {bad.map(({ log, verdict }) => (verdict.kind === 'bad' ? `${log}: ${verdict.message} ` : ''))}
            <p>
              Keep what you have. Run <code>daybook verify --since</code> with a checkpoint that was kept on another machine.
            </p>
          </Note>
        )}
        <section className="stack">
          {(data ?? []).map((head) => (
            <Head key={head.log} head={head} />
          ))}
        </section>
        <IndexCheck />
        <Note tone="plain" icon="help">
          <strong>What this page cannot see.</strong> Whoever holds this machine and its key could write a whole new log. Keep checkpoints
          where this machine does not reach: <code>DAYBOOK_CHECKPOINT_SINK</code>. Every byte of the ledger is checked by{' '}
          <code>daybook verify</code>.
        </Note>
      </div>
    </div>
  );
}

function Head({ head }: { readonly head: HeadCheck }) {
  const { log, origin, size, entries, root, verifierKey, since, verdict, note } = head;
  return (
    <section className="card">
      <h2 className="split">
        <span className={verdict.kind === 'good' ? 'dot good' : 'dot bad'} /> {log}
        <button type="button" className="button small" onClick={() => save(new Blob([note]), `${log}.checkpoint`)}>
          <Icon name="download" /> Keep this checkpoint
        </button>
      </h2>
      <div className="fields">
        <dl>
          <Line name="Origin" value={origin} />
          <Line
            name="Signed"
            value={`${plural(size, 'entry', 'entries')}${entries > size ? `, ${whole(entries - size)} wait for the next signature` : ''}`}
          />
          <Line name="Root" value={root} mono />
          <Line name="Key" value={verifierKey} mono />
          <Line
            name="Consistent with"
            value={
              since === undefined
                ? 'nothing yet: the first head that this browser sees'
                : `the head of ${plural(since, 'entry', 'entries')} that this browser saw before`
            }
          />
        </dl>
      </div>
    </section>
  );
}

function Line({ name, value, mono = false }: { readonly name: string; readonly value: string; readonly mono?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={mono ? 'untrusted mono' : 'untrusted'}>{value}</dd>
    </div>
  );
}
