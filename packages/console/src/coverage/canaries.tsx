import { useState } from 'react';
import { askJson } from '../api.ts';
import { visible } from '../event.ts';
import { useSession } from '../session/session.tsx';
import { useChange } from '../settings/change.ts';
import { Refusal } from '../settings/refusal.tsx';
import { lengthOf } from '../time.ts';
import { Ago } from './ago.tsx';
import type { Canary, Coverage } from './answer.ts';

/** What Daybook does itself, to see whether it is told of it. */
export function Canaries({ answer, reload }: { readonly answer: Coverage; readonly reload: () => void }) {
  const { person } = useSession();
  const change = useChange();
  const [running, setRunning] = useState<string | undefined>();
  if (answer.canaries.length === 0) return undefined;
  const mayRun = person?.permissions === undefined || person.permissions.includes('admin');
  const labels = new Map<string, string>(answer.kinds.map(({ name, label }) => [name, label]));
  const run = (name: string) => {
    setRunning(name);
    change.run(async () => {
      await askJson(`/v1/canaries/${encodeURIComponent(name)}/run`, { method: 'POST' });
      reload();
    });
  };
  return (
    <section className="card wide">
      <h2>Canaries</h2>
      <Refusal error={change.error} />
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Proves</th>
              <th scope="col">Last run</th>
              <th scope="col">Result</th>
              <th scope="col" className="num">
                Visible after
              </th>
              <th scope="col">Runs</th>
              {mayRun ? (
                <th scope="col">
                  <span className="visually-hidden">Actions</span>
                </th>
              ) : undefined}
            </tr>
          </thead>
          <tbody>
            {answer.canaries.map((canary) => (
              <tr key={canary.name}>
                <td>
                  {canary.name} <span className="quiet">{canary.kind}</span>
                </td>
                <td className="untrusted">
                  {visible(canary.source)} · {labels.get(canary.proves)}
                </td>
                <td>
                  {canary.last === null ? (
                    <span className="quiet">not yet</span>
                  ) : (
                    <Ago time={canary.last.at} atMs={Date.parse(answer.at)} />
                  )}
                </td>
                <td>
                  <Result canary={canary} />
                </td>
                <td className="num">{canary.last?.visible_ms === null || canary.last === null ? '–' : lengthOf(canary.last.visible_ms)}</td>
                <td className="quiet nowrap">
                  every {lengthOf(canary.every_s * 1000)}, within {lengthOf(canary.within_s * 1000)}
                </td>
                {mayRun ? (
                  <td>
                    <button
                      type="button"
                      className="button small"
                      disabled={change.busy || canary.running}
                      onClick={() => run(canary.name)}
                    >
                      {(change.busy && running === canary.name) || canary.running ? 'Running' : 'Run now'}
                    </button>
                  </td>
                ) : undefined}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Result({ canary: { last } }: { readonly canary: Canary }) {
  if (last === null) return <span className="quiet">–</span>;
  if (last.result === 'seen') return <span className="good">its event arrived</span>;
  return <span className="bad untrusted">{visible(last.reason)}</span>;
}
