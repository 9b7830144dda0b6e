import { useEffect, useMemo, useState } from 'react';
import { type EventRow, GROUP_TITLES, groupsOf, placeOf, placeText, sentenceOf, textOf, timeOf } from '../event.ts';
import { readFilter } from '../filter-edit.ts';
import { Outcome } from '../parts/event-cell.tsx';
import { useTimes } from '../preferences.tsx';
import { isoOf, nowMs, PRESETS, spanOf } from '../time.ts';
import { type EmbedClient, Refused } from './client.ts';

/** Typing is followed by a question once it rests. */
const REST_MS = 400;
const RANGES = ['24h', '7d', '30d', '90d', '1y'];

interface Loaded {
  readonly rows: readonly EventRow[];
  readonly cursor: string | null;
  readonly busy: boolean;
  readonly refusal?: string | undefined;
}

const NOTHING: Loaded = { rows: [], cursor: null, busy: true };

/** The part of the record that a token shows, for people who have no account here: newest first, with a search and a range. */
export function Trail({ client }: { readonly client: EmbedClient }) {
  const times = useTimes();
  const [text, setText] = useState('');
  const [filter, setFilter] = useState('');
  const [range, setRange] = useState('30d');
  const { loaded, more } = useTrail(client, filter, range);
  useEffect(() => {
    const timer = setTimeout(() => setFilter(filterOf(text)), REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    const observer = new ResizeObserver(() => client.tell({ daybook: 'height', px: document.body.offsetHeight }));
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [client]);
  return (
    <main className="trail">
      <h1 className="visually-hidden">Access trail</h1>
      <form className="trail-head" role="search" onSubmit={(event) => event.preventDefault()}>
        <input
          className="input"
          type="search"
          aria-label="Search"
          placeholder="Search"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <select className="input" aria-label="Range of time" value={range} onChange={(event) => setRange(event.target.value)}>
          {PRESETS.filter(({ word }) => RANGES.includes(word)).map(({ word, label }) => (
            <option key={word} value={word}>
              {label}
            </option>
          ))}
        </select>
        <span className="quiet" role="status">
          {loaded.busy ? 'Loading' : times.name}
        </span>
      </form>
      {loaded.refusal === undefined ? undefined : (
        <p role="alert" className="trail-none">
          {loaded.refusal}
        </p>
      )}
      {!loaded.busy && loaded.refusal === undefined && loaded.rows.length === 0 ? (
        <p className="quiet trail-none">Nothing in this range.</p>
      ) : undefined}
      <ol className="trail-list">
        {loaded.rows.map((row) => (
          <Entry key={placeText(placeOf(row))} row={row} />
        ))}
      </ol>
      {loaded.cursor === null ? undefined : (
        <button type="button" className="button" disabled={loaded.busy} onClick={more}>
          Older
        </button>
      )}
    </main>
  );
}

/** What is no filter is sought as words. */
function filterOf(text: string): string {
  const words = text.trim();
  if (words === '' || readFilter(words).error === undefined) return words;
  return `"${words.replaceAll(/["\\]/g, '\\$&')}"`;
}

function useTrail(client: EmbedClient, q: string, range: string): { readonly loaded: Loaded; readonly more: () => void } {
  const [loaded, setLoaded] = useState<Loaded>(NOTHING);
  const ending = useMemo(() => new AbortController(), [q, range]);
  const span = useMemo(() => spanOf(range, nowMs()), [q, range]);
  const load = (before: readonly EventRow[], cursor?: string) => {
    setLoaded((present) => ({ ...present, busy: true }));
    client.page({ q, from: isoOf(span.fromMs), to: isoOf(span.toMs), cursor }, ending.signal).then(
      // oxlint-disable-next-line always-return
      ({ events, next_cursor }) => {
        if (!ending.signal.aborted) setLoaded({ rows: [...before, ...events], cursor: next_cursor, busy: false });
      },
      (error: unknown) => {
        if (ending.signal.aborted) return;
        const refusal = error instanceof Refused ? error.message : 'The trail cannot be reached now.';
        setLoaded({ rows: before, cursor: null, busy: false, refusal });
      },
    );
  };
  useEffect(() => {
    load([]);
    return () => ending.abort();
  }, [ending]);
  return { loaded, more: () => load(loaded.rows, loaded.cursor ?? undefined) };
}

function Entry({ row }: { readonly row: EventRow }) {
  const times = useTimes();
  const { who, did, what, rest } = sentenceOf(row);
  return (
    <li>
      <details>
        <summary>
          <time className="tabular quiet" dateTime={new Date(timeOf(row)).toISOString()}>
            {times.row(timeOf(row))}
          </time>
          <Outcome value={textOf(row['outcome']) || 'unknown'} />
          <span className="untrusted">
            <strong>{who}</strong> {did} {what}
            <span className="quiet">{rest}</span>
          </span>
        </summary>
        {groupsOf(row).map(({ group, fields }) => (
          <dl key={group} aria-label={GROUP_TITLES[group]}>
            {fields.map(({ name, value }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd className="untrusted">{textOf(value)}</dd>
              </div>
            ))}
          </dl>
        ))}
      </details>
    </li>
  );
}
