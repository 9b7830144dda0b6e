import { lazy, Suspense, useMemo, useState } from 'react';
import { address, askJson } from '../api.ts';
import { EventDrawer } from '../drawer/event-drawer.tsx';
import { parsePlace, placeText } from '../event.ts';
import { readFilter, withValue } from '../filter-edit.ts';
import { setParams, useLocation } from '../location.ts';
import { plural } from '../numbers.ts';
import { FilterBox } from '../parts/filter-box.tsx';
import { type Bucket, Histogram } from '../parts/histogram.tsx';
import { Icon } from '../parts/icons.tsx';
import { RangePicker } from '../parts/range-picker.tsx';
import { Failure, ProgressLine, UnreadableFilter } from '../parts/states.tsx';
import { useQuery } from '../use-query.ts';
import { useSpan } from '../use-span.ts';
import { SavedViews } from '../views/saved-views.tsx';
import { ColumnChooser, useColumns } from './columns.tsx';
import { FACET_FIELDS, type FacetValues, Facets, SLOW_FACET_FIELDS } from './facets.tsx';
import { Results } from './results.tsx';
import { useEvents } from './use-events.ts';

const ExportDialog = lazy(async () => ({ default: (await import('./export-dialog.tsx')).ExportDialog }));

interface Summary {
  readonly bucket_s: number;
  readonly buckets: readonly Bucket[];
  readonly facets: FacetValues;
}

/** Type, click, drag: which events were there, and what they have in common. Everything that is seen stands in the address. */
export function Search() {
  const { params } = useLocation();
  const filter = params.get('q') ?? '';
  const state = useSpan();
  const { from, to, span, bySelf } = state;
  const place = parsePlace(params.get('event'));
  const columns = useColumns();
  const [exporting, setExporting] = useState(false);
  const { error: unreadable } = readFilter(filter);
  const key = unreadable === undefined ? `${filter}\n${from}\n${to}` : undefined;
  const events = useEvents(key, { q: filter, from, to }, bySelf);
  const ask = (fields: readonly string[], buckets: number) => (signal: AbortSignal) =>
    askJson<Summary>(address('/v1/events/summary', { q: filter, from, to, field: fields, buckets }), { signal, refresh: bySelf });
  const summary = useQuery(key, ask(FACET_FIELDS, 140));
  const slow = useQuery(key, ask(SLOW_FACET_FIELDS, 0));
  const facets = useMemo(() => ({ ...summary.data?.facets, ...slow.data?.facets }), [summary.data, slow.data]);
  const total = summary.data?.buckets.reduce((sum, [, ...counts]) => sum + counts.reduce((a, b) => a + b, 0), 0);
  const setFilter = (q: string) => setParams({ q, event: undefined });
  const busy = events.loading || summary.loading;
  return (
    <div className="page">
      <div className="page-head">
        <h1>Search</h1>
        <span className="quiet tabular" role="status">
          {total === undefined || summary.loading ? '' : plural(total, 'event')}
        </span>
        <SavedViews present={{ page: 'search', text: filter, range: state.range, columns: columns.columns }} onColumns={columns.set} />
        <ColumnChooser state={columns} />
        <button type="button" className="button" disabled={unreadable !== undefined} onClick={() => setExporting(true)}>
          <Icon name="download" /> Export
        </button>
        <RangePicker state={state} busy={busy} />
      </div>
      <div className="search-head">
        <FilterBox value={filter} onChange={setFilter} span={{ from, to }} />
      </div>
      <ProgressLine on={busy} />
      {unreadable === undefined ? undefined : <UnreadableFilter error={unreadable} />}
      {unreadable !== undefined ? undefined : events.error === undefined ? (
        <div className={place === undefined ? 'search-body' : 'search-body with-drawer'}>
          <Facets facets={facets} filter={filter} onChange={setFilter} />
          <div className="search-main">
            <Histogram
              label="Events over time by outcome"
              buckets={summary.data?.buckets ?? []}
              widthS={summary.data?.bucket_s ?? 3600}
              span={span}
              onBrush={state.choose}
            />
            <Results
              events={events}
              columns={columns.columns}
              open={place}
              onOpen={(next) => setParams({ event: placeText(next) }, { replace: place !== undefined })}
              onFilter={(field, value, not) => setFilter(withValue(filter, field, value, { not }))}
            />
          </div>
          {place === undefined ? undefined : (
            <EventDrawer
              key={placeText(place)}
              place={place}
              onClose={() => setParams({ event: undefined })}
              onFilter={(field, value, not) => setFilter(withValue(filter, field, value, { not }))}
            />
          )}
        </div>
      ) : (
        <Failure error={events.error} retry={events.reload} />
      )}
      {exporting ? (
        <Suspense fallback={<ProgressLine on />}>
          <ExportDialog q={filter} from={from} to={to} total={total} columns={columns.columns} onClose={() => setExporting(false)} />
        </Suspense>
      ) : undefined}
    </div>
  );
}
