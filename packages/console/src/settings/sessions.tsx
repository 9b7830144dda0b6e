import { askJson } from '../api.ts';
import { Failure, ProgressLine, State } from '../parts/states.tsx';
import { useQuery } from '../use-query.ts';
import { useChange } from './change.ts';
import { Refusal } from './refusal.tsx';
import { When } from './when.tsx';

interface Session {
  readonly id: string;
  readonly user: string | null;
  readonly method: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly current: boolean;
  readonly ip_address?: string;
  readonly user_agent?: string;
}

/** Who is signed in. */
export function Sessions() {
  const { data, error, loading, reload } = useQuery('sessions', (signal) =>
    askJson<{ sessions: readonly Session[] }>('/v1/sessions', { signal }),
  );
  const change = useChange();
  if (error !== undefined) return <Failure error={error} retry={reload} />;
  const sessions = data?.sessions ?? [];
  return (
    <>
      <ProgressLine on={loading} />
      <Refusal error={change.error} />
      {data !== undefined && sessions.length === 0 ? (
        <State icon="user" title="Nobody is signed in">
          You use a token, which has no session.
        </State>
      ) : (
        <div className="table-scroll">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">User</th>
                <th scope="col">By</th>
                <th scope="col">From</th>
                <th scope="col">Since</th>
                <th scope="col">Ends</th>
                <th scope="col">
                  <span className="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {sessions.map(({ id, user, method, ip_address, user_agent, created_at, expires_at, current }) => (
                <tr key={id}>
                  <td className="untrusted">
                    {user ?? '–'} {current ? <span className="quiet">this one</span> : undefined}
                  </td>
                  <td>{method}</td>
                  <td className="untrusted" title={user_agent}>
                    {ip_address ?? '–'}
                  </td>
                  <td>
                    <When time={created_at} />
                  </td>
                  <td>
                    <When time={expires_at} />
                  </td>
                  <td className="num">
                    <button
                      type="button"
                      className="button small danger"
                      disabled={change.busy}
                      aria-label={`End the session of ${user ?? 'nobody'}`}
                      onClick={() =>
                        change.run(async () => {
                          await askJson(`/v1/sessions/${id}`, { method: 'DELETE' });
                          reload();
                        })
                      }
                    >
                      End
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
