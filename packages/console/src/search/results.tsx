import { type KeyboardEvent, memo, useEffect, useRef, useState } from 'react';
import { type EventRow, type Place, placeOf, placeText, textOf, timeOf } from '../event.ts';
import { NUMERIC, titleOf } from '../fields.ts';
import { EventCell } from '../parts/event-cell.tsx';
import { Icon } from '../parts/icons.tsx';
import { State } from '../parts/states.tsx';
import { ROW_PX, useVirtualRows } from '../parts/virtual-rows.ts';
import { useTimes } from '../preferences.tsx';
import { isTyping } from '../shortcuts.ts';
import type { Events } from './use-events.ts';

interface ResultsProps {
  readonly events: Events;
  readonly columns: readonly string[];
  readonly open: Place | undefined;
  readonly onOpen: (place: Place) => void;
  readonly onFilter: (field: string, value: string, not: boolean) => void;
}

/** Widths that fit what the usual fields hold; the resource takes what is left. */
const WIDTHS: Readonly<Record<string, string>> = {
  // The word, and beside it what includes and excludes it.
  outcome: '100px',
  user_id: 'minmax(88px, 0.9fr)',
  action: '76px',
  resource: 'minmax(150px, 2fr)',
  source: 'minmax(76px, 0.6fr)',
  ip_address: 'minmax(118px, 0.8fr)',
};

/** How many rows before the end the next page is asked for. */
const AHEAD_ROWS = 60;

/** The events, newest first. Only the rows in sight exist. */
export function Results({ events, columns, open, onOpen, onFilter }: ResultsProps) {
  const { rows, more, loadMore, loading } = events;
  const scroller = useRef<HTMLDivElement>(null);
  const { first, last, totalPx } = useVirtualRows(scroller, rows.length);
  const [at, setAt] = useState(0);
  const times = useTimes();
  useEffect(() => {
    if (more && last > rows.length - AHEAD_ROWS) loadMore();
  }, [last, rows.length, more, loadMore]);
  const move = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setAt(next);
    const box = scroller.current;
    if (box === null) return;
    const top = next * ROW_PX;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + 2 * ROW_PX > box.scrollTop + box.clientHeight) box.scrollTop = top + 2 * ROW_PX - box.clientHeight;
    const row = rows[next];
    if (open !== undefined && row !== undefined) onOpen(placeOf(row));
  };
  const keys = (event: KeyboardEvent) => {
    if (isTyping(event.target) || event.metaKey || event.ctrlKey) return;
    const page = Math.floor((scroller.current?.clientHeight ?? 400) / ROW_PX) - 2;
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      j: 1,
      ArrowUp: -1,
      k: -1,
      PageDown: page,
      PageUp: -page,
      Home: -at,
      End: rows.length,
    };
    const step = steps[event.key];
    const row = rows[at];
    if (step !== undefined) move(at + step);
    else if (event.key === 'Enter' && row !== undefined) onOpen(placeOf(row));
    else return;
    event.preventDefault();
  };
  if (rows.length === 0 && !loading) {
    return (
      <State icon="search" title="No events">
        Nothing matches this filter in this range. Take a condition away, or choose a longer range.
      </State>
    );
  }
  const template = ['160px', ...columns.map((name) => WIDTHS[name] ?? 'minmax(90px, 0.8fr)')].join(' ');
  return (
    <div
      ref={scroller}
      className="results"
      role="grid"
      aria-label="Events"
      aria-rowcount={more ? -1 : rows.length + 1}
      aria-busy={loading}
      aria-activedescendant={rows[at] === undefined ? undefined : `row-${at}`}
      tabIndex={0}
      onKeyDown={keys}
    >
      <div role="row" aria-rowindex={1} className="results-head" style={{ gridTemplateColumns: template }}>
        <span role="columnheader">
          Time <span className="quiet">{times.name}</span>
        </span>
        {columns.map((name) => (
          <span key={name} role="columnheader" className={NUMERIC.has(name) ? 'num' : undefined}>
            {titleOf(name)}
          </span>
        ))}
      </div>
      <div role="rowgroup" className={loading ? 'results-rows stale' : 'results-rows'} style={{ height: totalPx }}>
        {rows.slice(first, last).map((row, i) => (
          <Row
            key={placeText(placeOf(row))}
            row={row}
            index={first + i}
            time={times.row(timeOf(row))}
            columns={columns}
            template={template}
            current={first + i === at}
            isOpen={open !== undefined && placeText(open) === placeText(placeOf(row))}
            onOpen={() => {
              setAt(first + i);
              onOpen(placeOf(row));
            }}
            onFilter={onFilter}
          />
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: EventRow;
  readonly index: number;
  readonly time: string;
  readonly columns: readonly string[];
  readonly template: string;
  readonly current: boolean;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
  readonly onFilter: (field: string, value: string, not: boolean) => void;
}

const Row = memo(
  ({ row, index, time, columns, template, current, isOpen, onOpen, onFilter }: RowProps) => (
    <div
      role="row"
      id={`row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={isOpen}
      className={current ? 'result current' : 'result'}
      style={{ top: index * ROW_PX, gridTemplateColumns: template }}
      onClick={onOpen}
    >
      <span role="gridcell" className="tabular">
        {time}
      </span>
      {columns.map((name) => (
        <span key={name} role="gridcell" className={NUMERIC.has(name) ? 'num' : 'clip'}>
          <EventCell field={name} value={row[name]} />
          {typeof row[name] === 'string' && row[name] !== '' ? (
            <CellActions field={name} value={row[name]} onFilter={onFilter} />
          ) : undefined}
        </span>
      ))}
    </div>
  ),
  (a, b) =>
    a.row === b.row &&
    a.index === b.index &&
    a.time === b.time &&
    a.template === b.template &&
    a.current === b.current &&
    a.isOpen === b.isOpen &&
    a.onFilter === b.onFilter,
);
Row.displayName = 'Row';

/** For the pointer alone; by keyboard the same is in the opened event. */
function CellActions({ field, value, onFilter }: { readonly field: string; readonly value: string } & Pick<RowProps, 'onFilter'>) {
  return (
    <span className="cell-actions" aria-hidden="true">
      {[false, true].map((not) => (
        <button
          key={String(not)}
          type="button"
          tabIndex={-1}
          title={`${not ? 'Leave out' : 'Only'} ${titleOf(field)} ${textOf(value)}`}
          onClick={(event) => {
            event.stopPropagation();
            onFilter(field, value, not);
          }}
        >
          <Icon name={not ? 'minus' : 'plus'} />
        </button>
      ))}
    </span>
  );
}
