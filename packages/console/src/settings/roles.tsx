import { useState } from 'react';
import { askJson } from '../api.ts';
import { Icon } from '../parts/icons.tsx';
import { Popover } from '../parts/popover.tsx';
import { Failure, ProgressLine } from '../parts/states.tsx';
import { useSession } from '../session/session.tsx';
import { useQuery } from '../use-query.ts';
import { useChange } from './change.ts';
import { Refusal } from './refusal.tsx';
import { type Role, RoleForm } from './role-form.tsx';
import { scopeText } from './scope-text.ts';

interface Answer {
  readonly roles: readonly Role[];
  readonly permissions: Readonly<Record<string, string>>;
}

/** What each role gives; roles of one's own are made, changed and removed here. */
export function Roles() {
  const { person } = useSession();
  const { data, error, loading, reload } = useQuery('roles', (signal) => askJson<Answer>('/v1/roles', { signal }));
  const [editing, setEditing] = useState<Role | 'new' | undefined>();
  const removal = useChange();
  const admin = person?.permissions === undefined || person.permissions.includes('admin');
  if (error !== undefined) return <Failure error={error} retry={reload} />;
  const remove = (id: string) =>
    removal.run(async () => {
      await askJson(`/v1/roles/${id}`, { method: 'DELETE' });
      reload();
    });
  return (
    <>
      <div className="split">
        <p className="quiet">Roles of your own give less than the built-in ones, never more over access itself.</p>
        {admin ? (
          <button type="button" className="button primary" onClick={() => setEditing('new')}>
            <Icon name="plus" /> New role
          </button>
        ) : undefined}
      </div>
      <ProgressLine on={loading || removal.busy} />
      <Refusal error={removal.error} />
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Role</th>
              <th scope="col">May</th>
              <th scope="col">Sees</th>
              <th scope="col">Never sees</th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {(data?.roles ?? []).map((role) => (
              <tr key={role.name}>
                <td className="untrusted">
                  {role.name} {role.id === null ? <span className="quiet">built in</span> : undefined}
                </td>
                <td>{role.permissions.join(', ')}</td>
                <td className="untrusted">{scopeText(role.scope)}</td>
                <td className="untrusted">{role.masks.length === 0 ? '–' : role.masks.join(', ')}</td>
                <td className="num">
                  {admin && role.id !== null ? (
                    <RoleMenu name={role.name} onEdit={() => setEditing(role)} onRemove={() => remove(role.id ?? '')} />
                  ) : undefined}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {editing === undefined ? undefined : (
        <RoleForm
          role={editing === 'new' ? undefined : editing}
          permissions={data?.permissions ?? {}}
          onClose={() => setEditing(undefined)}
          onSaved={() => {
            setEditing(undefined);
            reload();
          }}
        />
      )}
    </>
  );
}

function RoleMenu({ name, onEdit, onRemove }: { readonly name: string; readonly onEdit: () => void; readonly onRemove: () => void }) {
  const act = (close: () => void, work: () => void) => () => {
    close();
    work();
  };
  return (
    <Popover label="Change" name={`Change ${name}`} className="button small">
      {(close) => (
        <>
          <button type="button" className="menu-item" onClick={act(close, onEdit)}>
            Edit
          </button>
          <button type="button" className="menu-item danger" onClick={act(close, onRemove)}>
            Remove
          </button>
        </>
      )}
    </Popover>
  );
}
