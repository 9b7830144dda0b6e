import { useState } from 'react';
import { address, askJson } from '../api.ts';
import { type EventRow, type Place, placeOf, placeText, sentenceOf, textOf, timeOf } from '../event.ts';
import { oneValue } from '../filter-edit.ts';
import { pathOf } from '../location.ts';
import { Outcome } from '../parts/event-cell.tsx';
import { Link } from '../parts/link.tsx';
import { Failure, ProgressLine } from '../parts/states.tsx';
import { useTimes } from '../preferences.tsx';
import { isoOf } from '../time.ts';
import { useQuery } from '../use-query.ts';

const MINUTES = 5;
const DAYS = 30;
const ROWS = 40;

interface Kind {
  readonly title: string;
  readonly field: string;
  /** Milliseconds on both sides of the event. */
  readonly aroundMs: number;
}

const KINDS: readonly Kind[] = [
  { title: `Same user, ± ${MINUTES} min`, field: 'user_id', aroundMs: MINUTES * 60_000 },
  { title: 'Same session', field: 'session_id', aroundMs: 86_400_000 },
  { title: 'Same request', field: 'request_id', aroundMs: 3_600_000 },
  { title: 'This resource', field: 'resource', aroundMs: DAYS * 86_400_000 },
  { title: `Same address, ± ${MINUTES} min`, field: 'ip_address', aroundMs: MINUTES * 60_000 },
];

/** What happened around an event. Each question is asked when somebody wants it, since each is recorded. */
export function Neighbours({
  row,
  place,
  onOpen,
}: {
  readonly row: EventRow;
  readonly place: Place;
  readonly onOpen: (place: Place) => void;
}) {
  const kinds = KINDS.filter(({ field }) => typeof row[field] === 'string' && row[field] !== '');
  const [chosen, setChosen] = useState(kinds[0]?.field ?? '');
  const kind = kinds.find(({ field }) => field === chosen) ?? kinds[0];
  const times = useTimes();
  const at = timeOf(row);
  const q = kind === undefined ? '' : oneValue(kind.field, String(row[kind.field]));
  const span = { from: isoOf(at - (kind?.aroundMs ?? 0)), to: isoOf(at + (kind?.aroundMs ?? 0) + 1) };
  const { data, error, loading } = useQuery(kind === undefined ? undefined : `${q} ${span.from}`, (signal) =>
    askJson<{ events: readonly EventRow[] }>(address('/v1/events', { q, ...span, limit: ROWS }), { signal }),
  );
  if (kind === undefined) return <p className="quiet">The event names no user, session, request or resource.</p>;
  return (
    <div className="neighbours">
      <div className="chips">
        {kinds.map(({ field, title }) => (
          <button key={field} type="button" className="button small" aria-pressed={field === kind.field} onClick={() => setChosen(field)}>
            {title}
          </button>
        ))}
      </div>
      <ProgressLine on={loading} />
      {error === undefined ? undefined : <Failure error={error} />}
      <ol className={loading ? 'stale' : undefined}>
        {(data?.events ?? []).map((one) => {
          const { who, did, what } = sentenceOf(one);
          const here = placeText(placeOf(one)) === placeText(place);
          return (
            <li key={placeText(placeOf(one))} aria-current={here ? 'true' : undefined}>
              <button type="button" onClick={() => onOpen(placeOf(one))}>
                <span className="tabular quiet">{times.row(timeOf(one))}</span>
                <span className="clip untrusted">
                  {kind.field === 'user_id' ? '' : `${who} `}
                  {did} {what}
                </span>
                <Outcome value={textOf(one['outcome']) || 'unknown'} />
              </button>
            </li>
          );
        })}
      </ol>
      <Link className="text" href={pathOf('/search', { q, range: `${span.from}..${span.to}` })}>
        Search these
      </Link>
    </div>
  );
}
