import { address, askJson } from '../api.ts';
import { type EventRow, visible } from '../event.ts';
import { both, oneValue } from '../filter-edit.ts';
import { pathOf, useLocation } from '../location.ts';
import { percent, plural, short, whole } from '../numbers.ts';
import { HeatMap } from '../overview/heat-map.tsx';
import { type Bucket, Histogram, OUTCOME_NAMES } from '../parts/histogram.tsx';
import { Link } from '../parts/link.tsx';
import { RangePicker } from '../parts/range-picker.tsx';
import { Failure, ProgressLine, State } from '../parts/states.tsx';
import { useTimes } from '../preferences.tsx';
import { useQuery } from '../use-query.ts';
import { useSpan } from '../use-span.ts';
import { EventLines } from './event-lines.tsx';
import { look, type Looked } from './look.ts';
import { SubjectList } from './subject-list.tsx';
import type { Subject } from './subjects.ts';

/** Beside the newest ones, where the rest is a click away. */
const EVENTS = 25;
const SIGN_INS = 12;
/** A month by the hour: what the heat map needs. */
const BUCKETS = 750;

/** What this account did, or what was done with this resource or from this address: all of it in one place. */
export function SubjectPage({ subject }: { readonly subject: Subject }) {
  const id = useLocation().params.get('id') ?? '';
  if (id === '')
    return (
      <State icon="user" title="Nobody is named">
        Click a user, a resource or an address anywhere, or search for one.
      </State>
    );
  return <About key={id} subject={subject} id={id} />;
}

interface Summary {
  readonly bucket_s: number;
  readonly buckets: readonly Bucket[];
}

function About({ subject, id }: { readonly subject: Subject; readonly id: string }) {
  const state = useSpan();
  const { from, to, range, bySelf } = state;
  const q = both('kind:event', oneValue(subject.field, id));
  const key = `${q} ${from} ${to}`;
  const events = (also: string, limit: number) => (signal: AbortSignal) =>
    askJson<{ events: readonly EventRow[] }>(address('/v1/events', { q: both(q, also), from, to, limit }), { signal, refresh: bySelf });
  const summary = useQuery(key, (signal) =>
    askJson<Summary>(address('/v1/events/summary', { q, from, to, buckets: BUCKETS }), { signal, refresh: bySelf }),
  );
  const looked = useQuery(key, (signal) => look({ subject, id, from, to }, { signal, refresh: bySelf }));
  const newest = useQuery(key, events('', EVENTS));
  const signIns = useQuery(key, events('action:(login logout)', SIGN_INS));
  const link = (also: string) => pathOf('/search', { range, q: both(q, also) });
  const loading = summary.loading || looked.loading || newest.loading || signIns.loading;
  const error = summary.error ?? looked.error ?? newest.error ?? signIns.error;
  const again = () => [summary, looked, newest, signIns].forEach(({ reload }) => reload());
  return (
    <div className="page">
      <div className="page-head">
        <h1>
          <span className="quiet">{subject.title}</span> <span className="untrusted">{visible(id)}</span>
        </h1>
        <Link className="button" href={link('')}>
          Search these events
        </Link>
        <RangePicker state={state} busy={loading} />
      </div>
      <ProgressLine on={loading} />
      <div className="page-body">
        {error === undefined ? undefined : <Failure error={error} retry={again} />}
        {looked.data === undefined || summary.data === undefined ? undefined : looked.data.life.events === 0 ? (
          <State icon="user" title="No event names it">
            Nothing that you may see, in all the time that is kept.
          </State>
        ) : (
          <div className={loading ? 'overview stale' : 'overview'}>
            <Facts looked={looked.data} buckets={summary.data.buckets} link={link} />
            <section className="card wide">
              <h2>Events over time</h2>
              <Histogram
                label="Events over time by outcome"
                buckets={summary.data.buckets}
                widthS={summary.data.bucket_s}
                span={state.span}
                height={130}
                onBrush={state.choose}
              />
            </section>
            <When buckets={summary.data.buckets} widthS={summary.data.bucket_s} />
            {looked.data.lists.map(({ list, rows, distinct }) => (
              <SubjectList
                key={list.field}
                list={list}
                rows={rows}
                distinct={distinct}
                link={(value) => link(oneValue(list.field, value))}
              />
            ))}
            <EventLines title="Sign-ins" rows={signIns.data?.events} all={link('action:(login logout)')} none="No sign-in in this range." />
            <EventLines title="Newest events" rows={newest.data?.events} all={link('')} none="No event in this range." />
          </div>
        )}
      </div>
    </div>
  );
}

function When({ buckets, widthS }: { readonly buckets: readonly Bucket[]; readonly widthS: number }) {
  const times = useTimes();
  return (
    <section className="card wide">
      <h2>
        When <span className="quiet">by hour of the week, {times.name}</span>
      </h2>
      <HeatMap buckets={buckets} widthS={widthS} />
    </section>
  );
}

function Facts({
  looked: { life, lists },
  buckets,
  link,
}: {
  readonly looked: Looked;
  readonly buckets: readonly Bucket[];
  readonly link: (also: string) => string;
}) {
  const times = useTimes();
  const sums = OUTCOME_NAMES.map((_, i) => buckets.reduce((sum, bucket) => sum + (bucket[i + 1] ?? 0), 0));
  const all = sums.reduce((a, b) => a + b, 0);
  const news = lists.flatMap(({ list, rows }) => rows.filter(({ isNew }) => isNew).map(({ value }) => ({ list, value })));
  const figures = [
    { title: 'Events', value: all, also: '', of: 'in this range' },
    ...OUTCOME_NAMES.slice(1, 3).map((name, i) => ({
      title: name === 'failure' ? 'Failed' : 'Denied',
      value: sums[i + 1] ?? 0,
      also: `outcome:${name}`,
      of: `${percent(sums[i + 1] ?? 0, all)} of them`,
    })),
  ];
  return (
    <>
      <div className="figures">
        {figures.map(({ title, value, also, of }) => (
          <Link key={title} className="figure" href={link(also)}>
            <span className="figure-title">{title}</span>
            <span className="figure-value tabular" title={whole(value)}>
              {short(value)}
            </span>
            <span className="quiet">{of}</span>
          </Link>
        ))}
        <Moment title="First seen" time={life.first} />
        <Moment title="Last seen" time={life.last} />
      </div>
      {life.names.length + life.emails.length + news.length === 0 ? undefined : (
        <p className="card wide untrusted">
          {[...life.names, ...life.emails].map(visible).join(', ')}
          {news.length === 0 ? undefined : (
            <span className="quiet">
              {' '}
              {plural(news.length, 'value')} below {news.length === 1 ? 'was' : 'were'} never seen with it before this range: marked as new.
              Times are in {times.name}.
            </span>
          )}
        </p>
      )}
    </>
  );
}

function Moment({ title, time }: { readonly title: string; readonly time: string }) {
  const times = useTimes();
  const ms = Date.parse(time);
  return (
    <div className="figure">
      <span className="figure-title">{title}</span>
      <span className="figure-moment tabular">{times.row(ms)}</span>
      <span className="quiet">{times.name}, of all time kept</span>
    </div>
  );
}
