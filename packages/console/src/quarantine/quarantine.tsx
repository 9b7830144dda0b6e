import { useEffect, useState } from 'react';
import { askJson } from '../api.ts';
import { setParams, useLocation } from '../location.ts';
import { plural } from '../numbers.ts';
import { Icon } from '../parts/icons.tsx';
import { Failure, Note, ProgressLine, State } from '../parts/states.tsx';
import { useSession } from '../session/session.tsx';
import { useChange } from '../settings/change.ts';
import { Refusal } from '../settings/refusal.tsx';
import { useQuery } from '../use-query.ts';
import type { Group, Reimported } from './answer.ts';
import { Dismiss } from './dismiss.tsx';
import { type Choice, Groups } from './groups.tsx';
import { RecordCard } from './record.tsx';
import { useRecords } from './use-records.ts';

/** What came and could not become an event: why, and another try. */
export function Quarantine() {
  const { params } = useLocation();
  const { person } = useSession();
  const word = (name: string) => params.get(name) ?? undefined;
  const choice: Choice = { source: word('source'), format: word('format'), code: word('code') };
  const settled = params.get('settled') === 'true';
  const groups = useQuery('groups', (signal) => askJson<{ groups: readonly Group[] }>('/v1/quarantine/groups', { signal }));
  const { page, error, loading, more, reload } = useRecords(choice, settled);
  const again = useAgain(choice, () => {
    groups.reload();
    reload();
  });
  const [dismissing, setDismissing] = useState<readonly string[] | undefined>();
  const mayChange = person?.permissions === undefined || person.permissions.includes('admin');
  const failure = groups.error ?? error;
  if (failure !== undefined) return <Failure error={failure} retry={reload} />;
  const open = page?.records.filter(({ mark }) => mark === null) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <h1>Quarantine</h1>
        <label className="check">
          <input
            type="checkbox"
            checked={settled}
            onChange={(event) => setParams({ settled: event.target.checked ? 'true' : undefined })}
          />{' '}
          Settled ones, too
        </label>
        {mayChange && open.length > 0 ? (
          <button type="button" className="button" disabled={again.busy} onClick={() => again.run(undefined)}>
            <Icon name="refresh" /> Import all of these again
          </button>
        ) : undefined}
      </div>
      <ProgressLine on={loading || again.busy} />
      <div className="page-body stack">
        <Refusal error={again.error} />
        {again.done === undefined ? undefined : <Outcome done={again.done} />}
        {(groups.data?.groups.length ?? 0) > 0 ? <Groups groups={groups.data?.groups ?? []} choice={choice} /> : undefined}
        {page !== undefined && page.records.length === 0 ? (
          <Nothing chosen={Object.values(choice).some((one) => one !== undefined)} />
        ) : undefined}
        <ul className="stack">
          {(page?.records ?? []).map((record) => (
            <RecordCard
              key={record.id}
              record={record}
              busy={again.busy}
              onImport={mayChange ? () => again.run([record.id]) : undefined}
              onDismiss={mayChange ? () => setDismissing([record.id]) : undefined}
              refusal={again.done?.reasons.find(({ id }) => id === record.id)?.reason}
            />
          ))}
        </ul>
        {page?.next === null || page === undefined ? undefined : (
          <button type="button" className="button" disabled={loading} onClick={more}>
            Older ones
          </button>
        )}
      </div>
      {dismissing === undefined ? undefined : (
        <Dismiss
          ids={dismissing}
          onClose={(done) => {
            setDismissing(undefined);
            if (!done) return;
            groups.reload();
            reload();
          }}
        />
      )}
    </div>
  );
}

function Nothing({ chosen }: { readonly chosen: boolean }) {
  return (
    <State icon="check" title={chosen ? 'Nothing of this kind is open' : 'Nothing is in quarantine'}>
      Whatever came was understood, or is settled. What importers and agents cannot read, and what the server refuses of a producer, is kept
      here with the reason, to be imported again after a fix.
    </State>
  );
}

/** Imports the named records again, or all of the choice. */
function useAgain(choice: Choice, after: () => void) {
  const { busy, error, run } = useChange();
  const [done, setDone] = useState<Reimported | undefined>();
  const key = JSON.stringify(choice);
  useEffect(() => setDone(undefined), [key]);
  return {
    busy,
    error,
    done,
    run: (ids: readonly string[] | undefined) =>
      run(async () => {
        const body = ids === undefined ? choice : { ids };
        setDone(await askJson<Reimported>('/v1/quarantine/reimport', { method: 'POST', body }));
        after();
      }),
  };
}

function Outcome({ done: { event, duplicate, noise, unread, next } }: { readonly done: Reimported }) {
  const parts = [
    event > 0 ? `${plural(event, 'record')} became ${event === 1 ? 'an event' : 'events'}` : '',
    duplicate > 0 ? `${plural(duplicate, 'record')} had become ${duplicate === 1 ? 'one' : 'events'} before` : '',
    noise > 0 ? `${plural(noise, 'record')} turned out to be noise` : '',
    unread > 0 ? `${plural(unread, 'record')} still cannot be read` : '',
  ].filter((part) => part !== '');
  return (
    <div role="status">
      <Note tone={unread === 0 ? 'good' : 'warn'} icon={unread === 0 ? 'check' : 'warning'}>
        {parts.length === 0 ? 'There was nothing to import.' : `${parts.join('; ')}.`}
        {next === null ? '' : ' There are more: go on.'}
      </Note>
    </div>
  );
}
