import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type EventRow, GROUP_TITLES, groupsOf, type Place, placeText, repetitionsOf, sentenceOf, textOf, timeOf } from '../event.ts';
import { NUMERIC, titleOf } from '../fields.ts';
import { navigate, pathOf, setParams } from '../location.ts';
import { whole } from '../numbers.ts';
import { Outcome } from '../parts/event-cell.tsx';
import { Icon } from '../parts/icons.tsx';
import { Link } from '../parts/link.tsx';
import { Failure, ProgressLine } from '../parts/states.tsx';
import { useTimes } from '../preferences.tsx';
import { type FetchedEntry, fetchEntry } from '../proof/check-entry.ts';
import { isTyping } from '../shortcuts.ts';
import { subjectPath } from '../subject/subjects.ts';
import { useQuery } from '../use-query.ts';
import { Changes } from './changes.tsx';
import { JsonView } from './json-view.tsx';
import { Neighbours } from './neighbours.tsx';
import { ProofPanel } from './proof-panel.tsx';

interface DrawerProps {
  readonly place: Place;
  readonly onClose: () => void;
  readonly onFilter: (field: string, value: string, not: boolean) => void;
}

const TABS = ['Details', 'Around it', 'Raw'] as const;
type Tab = (typeof TABS)[number];

/** One event, beside the list that it came from. Escape closes it. */
export function EventDrawer({ place, onClose, onFilter }: DrawerProps) {
  const [tab, setTab] = useState<Tab>('Details');
  const { data, error, reload } = useQuery(placeText(place), (signal) => fetchEntry(place, signal));
  const latest = useRef(onClose);
  latest.current = onClose;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !isTyping(event.target) && !event.defaultPrevented) latest.current();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
  return (
    <aside className="drawer" aria-label={`Event ${placeText(place)}`}>
      <div className="drawer-head">
        <span className="mono quiet">{placeText(place)}</span>
        <CopyLink place={place} />
        <button type="button" className="button plain small icon" aria-label="Close the event" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {error === undefined ? undefined : <Failure error={error} retry={reload} />}
      {data === undefined ? (
        <ProgressLine on={error === undefined} />
      ) : (
        <Loaded place={place} entry={data} tab={tab} setTab={setTab} onFilter={onFilter} />
      )}
    </aside>
  );
}

interface LoadedProps {
  readonly place: Place;
  readonly entry: FetchedEntry;
  readonly tab: Tab;
  readonly setTab: (tab: Tab) => void;
  onFilter: DrawerProps['onFilter'];
}

function Loaded({ place, entry, tab, setTab, onFilter }: LoadedProps) {
  const { row } = entry;
  const times = useTimes();
  const { who, did, what, rest } = sentenceOf(row);
  const repeated = repetitionsOf(row);
  return (
    <div className="drawer-body">
      <div className="drawer-lead">
        <p className="sentence untrusted">
          <strong>
            <About field="user_id" value={row['user_id']}>
              {who}
            </About>
          </strong>{' '}
          {did} <strong>{what}</strong>
          {rest}
        </p>
        <p className="quiet">
          <Outcome value={textOf(row['outcome']) || 'unknown'} />
          <span className="tabular">
            {times.whole(timeOf(row))}
            {repeated === undefined ? '' : `, the last time ${times.whole(repeated.lastMs)}`} {times.name}
          </span>
        </p>
      </div>
      <ProofPanel place={place} entry={entry} />
      <div className="tabs" role="tablist" aria-label="Of the event">
        {TABS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={name === tab}
            aria-controls="tab-panel"
            onClick={() => setTab(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`} className="tab-panel">
        {tab === 'Details' ? <Details row={row} onFilter={onFilter} /> : undefined}
        {tab === 'Around it' ? <Neighbours row={row} place={place} onOpen={(next) => setParams({ event: placeText(next) })} /> : undefined}
        {tab === 'Raw' ? <JsonView text={entry.text} /> : undefined}
      </div>
    </div>
  );
}

function Details({ row, onFilter }: { readonly row: EventRow; readonly onFilter: DrawerProps['onFilter'] }) {
  return (
    <>
      {row['changes'] === undefined ? undefined : <Changes value={row['changes']} />}
      {groupsOf(row).map(({ group, fields }) => (
        <section key={group} className="fields">
          <h3>{GROUP_TITLES[group]}</h3>
          <dl>
            {fields.map(({ name, value, doc }) => (
              <div key={name}>
                <dt title={doc.replaceAll('`', '')}>{name}</dt>
                <dd className="untrusted">
                  <span className={NUMERIC.has(name) ? 'tabular' : undefined}>
                    <About field={name} value={value}>
                      {typeof value === 'number' && NUMERIC.has(name) ? whole(value) : textOf(value)}
                    </About>
                  </span>
                  {typeof value === 'string' && name !== 'log' && name !== 'recorded_at' && value.length < 500 ? (
                    <FieldActions field={name} value={value} onFilter={onFilter} />
                  ) : undefined}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      {['labels', 'attributes'].map((name) =>
        row[name] === undefined ? undefined : (
          <section key={name} className="fields">
            <h3>{titleOf(name)}</h3>
            <JsonView text={JSON.stringify(row[name])} />
          </section>
        ),
      )}
    </>
  );
}

/** A value with a page about it leads there. */
function About({ field, value, children }: { readonly field: string; readonly value: unknown; readonly children: ReactNode }) {
  const path = subjectPath(field, value);
  if (path === undefined) return children;
  return (
    <Link className="about" href={path}>
      {children}
    </Link>
  );
}

function FieldActions({
  field,
  value,
  onFilter,
}: {
  readonly field: string;
  readonly value: string;
  readonly onFilter: DrawerProps['onFilter'];
}) {
  return (
    <span className="field-actions">
      <button type="button" aria-label={`Only ${field} ${textOf(value)}`} title="Only this" onClick={() => onFilter(field, value, false)}>
        <Icon name="plus" />
      </button>
      <button
        type="button"
        aria-label={`Leave out ${field} ${textOf(value)}`}
        title="Leave this out"
        onClick={() => onFilter(field, value, true)}
      >
        <Icon name="minus" />
      </button>
    </span>
  );
}

function CopyLink({ place }: { readonly place: Place }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    const address =
      window.location.origin +
      pathOf('/search', { ...Object.fromEntries(new URLSearchParams(window.location.search)), event: placeText(place) });
    await navigator.clipboard.writeText(address);
    setCopied(true);
  };
  return (
    <button type="button" className="button plain small" onClick={() => void copy()}>
      <Icon name={copied ? 'check' : 'link'} /> {copied ? 'Copied' : 'Copy link'}
    </button>
  );
}

/** From other pages: the event, with the time around it. */
export function openEvent(row: EventRow, place: Place): void {
  const at = timeOf(row);
  const range = `${new Date(at - 1_800_000).toISOString()}..${new Date(at + 1_800_000).toISOString()}`;
  navigate(pathOf('/search', { range, event: placeText(place) }));
}
