import { useMemo, useState } from 'react';
import { openEvent } from '../drawer/event-drawer.tsx';
import { placeOf, placeText, sentenceOf, textOf, timeOf } from '../event.ts';
import { readFilter } from '../filter-edit.ts';
import { setParams, useLocation } from '../location.ts';
import { plural, whole } from '../numbers.ts';
import { Outcome } from '../parts/event-cell.tsx';
import { FilterBox } from '../parts/filter-box.tsx';
import { Icon } from '../parts/icons.tsx';
import { Failure, Note, State, UnreadableFilter } from '../parts/states.tsx';
import { useTimes } from '../preferences.tsx';
import { RATE_SECONDS, ROWS_MAX, type Tail, useTail } from './use-tail.ts';

/** What happens now. Nothing moves under the pointer: while paused, new events are counted and wait. */
export function Live() {
  const { params } = useLocation();
  const filter = params.get('q') ?? 'kind:event';
  const [paused, setPaused] = useState(false);
  const { query, unsupported, unreadable } = useMemo(() => tailQuery(filter), [filter]);
  const tail = useTail(query, paused);
  const { waiting } = tail;
  return (
    <div className="page">
      <div className="page-head">
        <h1>Live</h1>
        {waiting > 0 && paused ? (
          <button type="button" className="button" onClick={() => setPaused(false)}>
            Show {plural(waiting, 'new event')}
          </button>
        ) : undefined}
        <button type="button" className="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>
          <Icon name={paused ? 'play' : 'pause'} /> {paused ? 'Go on' : 'Pause'}
        </button>
      </div>
      <div className="search-head">
        <FilterBox value={filter} onChange={(q) => setParams({ q: q === '' ? ' ' : q })} />
        {unsupported ? (
          <Note tone="warn" icon="warning">
            A live filter takes fields and exact values only. Words, patterns, comparisons and exclusions are left to the search.
          </Note>
        ) : undefined}
      </div>
      {unreadable === undefined ? <Followed tail={tail} paused={paused} /> : <UnreadableFilter error={unreadable} />}
    </div>
  );
}

function Followed({ tail, paused }: { readonly tail: Tail; readonly paused: boolean }) {
  const { rows, state, error, rates } = tail;
  const times = useTimes();
  const perSecond = rates.slice(-5).reduce((sum, n) => sum + n, 0) / 5;
  return (
    <>
      <div className="live-bar">
        <span className={`dot ${state === 'open' ? (paused ? 'warn' : 'good') : state === 'broken' ? 'bad' : ''}`} />
        <span role="status">
          {state === 'open' ? (paused ? 'Paused' : 'Following') : state === 'broken' ? 'Interrupted' : 'Connecting'}
        </span>
        <Spark rates={rates} />
        <span className="tabular">{perSecond < 10 ? perSecond.toFixed(1) : whole(Math.round(perSecond))} events/s</span>
        <span>
          newest first, {times.name}; the last {ROWS_MAX} are kept
        </span>
      </div>
      {error === undefined ? undefined : <Failure error={error} />}
      {rows.length === 0 && error === undefined ? (
        <State icon="live" title="Waiting for the next event">
          Events appear here as soon as the ledger has them on disk.
        </State>
      ) : (
        <div className="live-list" role="list" aria-label="Events as they come">
          {rows.map((row) => {
            const { who, did, what, rest } = sentenceOf(row);
            return (
              <div key={placeText(placeOf(row))} role="listitem">
                <button type="button" className="live-row" onClick={() => openEvent(row, placeOf(row))}>
                  <span className="tabular quiet">{times.row(timeOf(row))}</span>
                  <Outcome value={textOf(row['outcome']) || 'unknown'} />
                  <span className="clip untrusted">
                    <strong>{who}</strong> {did} {what}
                    <span className="quiet">{rest}</span>
                  </span>
                </button>
              </div>
            );
          })}
        </div>
      )}
    </>
  );
}

const SPARK_PX = 3;
const SPARK_HEIGHT_PX = 16;

function Spark({ rates }: { readonly rates: readonly number[] }) {
  const most = Math.max(1, ...rates);
  return (
    <svg className="spark" width={RATE_SECONDS * SPARK_PX} height={SPARK_HEIGHT_PX} aria-hidden="true">
      {rates.map((n, i) => {
        const height = (n / most) * SPARK_HEIGHT_PX;
        // A second of the last minute is known by its place alone.
        // oxlint-disable-next-line no-array-index-key
        return n === 0 ? undefined : <rect key={i} x={i * SPARK_PX} y={SPARK_HEIGHT_PX - height} width={SPARK_PX - 1} height={height} />;
      })}
    </svg>
  );
}

/** The tail filters by equality alone: it looks at every entry as it comes. */
function tailQuery(filter: string) {
  const { conditions, error: unreadable } = readFilter(filter);
  if (unreadable !== undefined) return { unreadable, unsupported: false };
  const query: Record<string, string[]> = {};
  let unsupported = false;
  for (const { field, operator, not, values } of conditions) {
    if (field === undefined || operator !== ':' || not || values.some(({ pattern }) => pattern)) unsupported = true;
    else query[field] = values.map(({ text }) => text);
  }
  return { query, unsupported };
}
