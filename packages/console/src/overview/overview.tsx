import { useMemo } from 'react';
import { address, askJson } from '../api.ts';
import { both, oneValue } from '../filter-edit.ts';
import { pathOf } from '../location.ts';
import { percent, short, whole } from '../numbers.ts';
import { type Bucket, Histogram, OUTCOME_NAMES } from '../parts/histogram.tsx';
import { Link } from '../parts/link.tsx';
import { RangePicker } from '../parts/range-picker.tsx';
import { Failure, ProgressLine, State } from '../parts/states.tsx';
import { useTimes } from '../preferences.tsx';
import { rangeOf } from '../time.ts';
import { useQuery } from '../use-query.ts';
import { useSpan } from '../use-span.ts';
import { HeatMap } from './heat-map.tsx';
import { IntegrityCard } from './integrity-card.tsx';
import { type Top, TopList } from './top-list.tsx';

interface Answer {
  readonly bucket_s: number;
  readonly buckets: readonly Bucket[];
  readonly lists: Readonly<Record<string, Top>>;
}

/** What sources have told; the reads of Daybook's own are left to the search. */
const EVENTS = 'kind:event';

/** What happened, at a glance. Every number is a link to the events behind it. */
export function Overview() {
  const state = useSpan();
  const { from, to, range, bySelf } = state;
  const { data, error, loading, reload } = useQuery(`${from} ${to}`, (signal) =>
    askJson<Answer>(address('/v1/overview', { q: EVENTS, from, to }), { signal, refresh: bySelf }),
  );
  const totals = useMemo(() => totalsOf(data?.buckets ?? []), [data]);
  const link = (also: string) => pathOf('/search', { range, q: both(EVENTS, also) });
  return (
    <div className="page">
      <div className="page-head">
        <h1>Overview</h1>
        <RangePicker state={state} busy={loading} />
      </div>
      <ProgressLine on={loading} />
      <div className="page-body">
        {error === undefined ? undefined : <Failure error={error} retry={reload} />}
        {data === undefined ? undefined : totals.all === 0 ? (
          <Empty />
        ) : (
          <div className={loading ? 'overview stale' : 'overview'}>
            <Figures totals={totals} lists={data.lists} link={link} />
            <section className="card wide">
              <h2>Events over time</h2>
              <Histogram
                label="Events over time by outcome"
                buckets={data.buckets}
                widthS={data.bucket_s}
                span={state.span}
                height={150}
                onBrush={state.choose}
              />
            </section>
            <Lists lists={data.lists} link={link} buckets={data.buckets} widthS={data.bucket_s} range={rangeOf(state.span)} />
            <IntegrityCard />
          </div>
        )}
      </div>
    </div>
  );
}

interface Totals {
  readonly all: number;
  readonly outcomes: readonly number[];
}

function totalsOf(buckets: readonly Bucket[]): Totals {
  const outcomes = [0, 0, 0, 0];
  for (const [, ...counts] of buckets) counts.forEach((n, i) => (outcomes[i] = (outcomes[i] ?? 0) + n));
  return { all: outcomes.reduce((a, b) => a + b, 0), outcomes };
}

function sumOf(top: Top | undefined): number {
  return (top?.values ?? []).reduce((sum, { count }) => sum + count, 0);
}

function Figures({
  totals,
  lists,
  link,
}: {
  readonly totals: Totals;
  readonly lists: Answer['lists'];
  readonly link: (also: string) => string;
}) {
  const logins = lists['outcomes_of_logins']?.values ?? [];
  const failedLogins = logins.filter(({ value }) => value === 'failure' || value === 'denied').reduce((sum, { count }) => sum + count, 0);
  const sensitive = sumOf(lists['sensitive_kinds']);
  const figures = [
    { title: 'Events', value: totals.all, also: '', of: undefined },
    ...OUTCOME_NAMES.slice(1, 3).map((name, i) => ({
      title: name === 'failure' ? 'Failed' : 'Denied',
      value: totals.outcomes[i + 1] ?? 0,
      also: `outcome:${name}`,
      of: totals.all,
      tone: name,
    })),
    {
      title: 'Failed logins',
      value: failedLogins,
      also: 'action:login outcome:(failure denied)',
      of: logins.reduce((sum, { count }) => sum + count, 0),
      ofWhat: 'of logins',
    },
    { title: 'Sensitive accesses', value: sensitive, also: 'resource_sensitivity:*', of: totals.all },
  ];
  return (
    <div className="figures">
      {figures.map(({ title, value, also, of, ...rest }) => (
        <Link key={title} className="figure" href={link(also)}>
          <span className="figure-title">
            {'tone' in rest ? <i className={`swatch fill-${rest.tone}`} /> : undefined}
            {title}
          </span>
          <span className="figure-value tabular" title={whole(value)}>
            {short(value)}
          </span>
          <span className="quiet tabular">
            {of === undefined ? 'in this range' : `${percent(value, of)} ${'ofWhat' in rest ? rest.ofWhat : 'of all'}`}
          </span>
        </Link>
      ))}
    </div>
  );
}

interface ListsProps {
  readonly lists: Answer['lists'];
  readonly buckets: readonly Bucket[];
  readonly widthS: number;
  readonly range: string;
  readonly link: (also: string) => string;
}

function Lists({ lists, link, buckets, widthS }: ListsProps) {
  const times = useTimes();
  const list = (name: string, title: string, none: string) => (
    <TopList
      title={title}
      none={none}
      top={lists[name]}
      link={(value) => link(both(lists[name]?.also ?? '', oneValue(lists[name]?.field ?? '', value)))}
      all={link(lists[name]?.also ?? '')}
    />
  );
  return (
    <>
      <section className="card wide">
        <h2>
          When <span className="quiet">by hour of the week, {times.name}</span>
        </h2>
        <HeatMap buckets={buckets} widthS={widthS} />
      </section>
      {list('failed_logins_by_user', 'Failed logins by user', 'No login has failed.')}
      {list('failed_logins_by_address', 'Failed logins by address', 'No login has failed.')}
      {list('denied_by_user', 'Denied accesses by user', 'Nothing was denied.')}
      {list('denied_by_resource', 'Denied accesses by resource', 'Nothing was denied.')}
      {list('sensitive_by_user', 'Sensitive accesses by user', 'No source has said what is sensitive.')}
      {list('sensitive_by_resource', 'Sensitive resources', 'No source has said what is sensitive.')}
      {list('users', 'Most active users', 'No event names a user.')}
      {list('resources', 'Most used resources', 'No event names a resource.')}
      {list('sources', 'Sources', 'No event names its source.')}
    </>
  );
}

function Empty() {
  return (
    <State icon="overview" title="No events in this range">
      Send the first one: <code>POST /v1/events</code> with a producer’s token, or import a file by <code>daybook import</code>. If there
      are older ones, choose a longer range above.
    </State>
  );
}
