import { openEvent } from '../drawer/event-drawer.tsx';
import { type EventRow, placeOf, placeText, sentenceOf, textOf, timeOf } from '../event.ts';
import { Outcome } from '../parts/event-cell.tsx';
import { Link } from '../parts/link.tsx';
import { useTimes } from '../preferences.tsx';

interface LinesProps {
  readonly title: string;
  readonly rows: readonly EventRow[] | undefined;
  /** Where all of them are. */
  readonly all: string;
  readonly none: string;
}

/** Events as sentences, newest first; a click opens one with the time around it. */
export function EventLines({ title, rows, all, none }: LinesProps) {
  const times = useTimes();
  return (
    <section className="card wide">
      <h2>
        <Link href={all}>{title}</Link> <span className="quiet">newest first, {times.name}</span>
      </h2>
      {rows !== undefined && rows.length === 0 ? <p className="quiet none">{none}</p> : undefined}
      <ol className="lines">
        {(rows ?? []).map((row) => {
          const { did, what, rest } = sentenceOf(row);
          return (
            <li key={placeText(placeOf(row))}>
              <button type="button" className="live-row" onClick={() => openEvent(row, placeOf(row))}>
                <span className="tabular quiet">{times.row(timeOf(row))}</span>
                <Outcome value={textOf(row['outcome']) || 'unknown'} />
                <span className="clip untrusted">
                  {did} <strong>{what}</strong>
                  <span className="quiet">{rest}</span>
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
