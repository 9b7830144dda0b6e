import { askJson } from '../api.ts';
import { Failure, ProgressLine } from '../parts/states.tsx';
import { useQuery } from '../use-query.ts';
import { scopeText } from './scope-text.ts';

interface Role {
  readonly name: string;
  readonly permissions: readonly string[];
  readonly scope: Readonly<Record<string, readonly string[]>> | null;
  readonly masks: readonly string[];
  readonly built_in?: boolean;
}

/** What each role gives. Own roles are made by `POST /v1/roles`. */
export function Roles() {
  const { data, error, loading, reload } = useQuery('roles', (signal) => askJson<{ roles: readonly Role[] }>('/v1/roles', { signal }));
  if (error !== undefined) return <Failure error={error} retry={reload} />;
  return (
    <>
      <p className="quiet">
        Roles of your own give less than these, never more over access itself: <code>POST /v1/roles</code>.
      </p>
      <ProgressLine on={loading} />
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Role</th>
              <th scope="col">May</th>
              <th scope="col">Sees</th>
              <th scope="col">Never sees</th>
            </tr>
          </thead>
          <tbody>
            {(data?.roles ?? []).map(({ name, permissions, scope, masks }) => (
              <tr key={name}>
                <td className="untrusted">{name}</td>
                <td>{permissions.join(', ')}</td>
                <td className="untrusted">{scopeText(scope)}</td>
                <td className="untrusted">{masks.length === 0 ? '–' : masks.join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
