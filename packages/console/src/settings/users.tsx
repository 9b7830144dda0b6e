import { useState } from 'react';
import { askJson } from '../api.ts';
import { Icon } from '../parts/icons.tsx';
import { Popover } from '../parts/popover.tsx';
import { Failure, ProgressLine, State } from '../parts/states.tsx';
import { useSession } from '../session/session.tsx';
import { useQuery } from '../use-query.ts';
import { useChange } from './change.ts';
import { type Invitation, InvitationDialog, Invite } from './invite.tsx';
import { Refusal } from './refusal.tsx';
import { scopeText } from './scope-text.ts';
import { UserForm } from './user-form.tsx';
import { When } from './when.tsx';

interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly roles: readonly string[];
  readonly scope: Readonly<Record<string, readonly string[]>> | null;
  readonly masks: readonly string[];
  readonly expires_at: string | null;
  readonly disabled_at: string | null;
  readonly last_sign_in_at: string | null;
  readonly has_password: boolean;
  readonly has_totp: boolean;
  readonly passkeys: number;
}

/** The people, and what each may see. */
export function Users() {
  const { person } = useSession();
  const { data, error, loading, reload } = useQuery('users', (signal) => askJson<{ users: readonly User[] }>('/v1/users', { signal }));
  const [inviting, setInviting] = useState(false);
  const [invitation, setInvitation] = useState<Invitation | undefined>();
  const [editing, setEditing] = useState<User | undefined>();
  const change = useChange();
  const admin = person?.permissions === undefined || person.permissions.includes('admin');
  if (error !== undefined) return <Failure error={error} retry={reload} />;
  return (
    <>
      <div className="split">
        <p className="quiet">Each change is an entry of the ledger. The last administrator stays one.</p>
        {admin ? (
          <button type="button" className="button primary" onClick={() => setInviting(true)}>
            <Icon name="plus" /> Invite
          </button>
        ) : undefined}
      </div>
      <ProgressLine on={loading} />
      <Refusal error={change.error} />
      {data?.users.length === 0 ? (
        <State icon="user" title="No accounts yet">
          {admin
            ? 'Invite the first person: an account has a name of its own in the ledger, a token is shared.'
            : 'Only tokens open this Daybook.'}
        </State>
      ) : (
        <div className="table-scroll">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Roles</th>
                <th scope="col">Sees</th>
                <th scope="col">Signs in by</th>
                <th scope="col">Last sign-in</th>
                <th scope="col">Until</th>
                <th scope="col">
                  <span className="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {(data?.users ?? []).map((user) => (
                <tr key={user.id} className={user.disabled_at === null ? undefined : 'gone'}>
                  <td className="untrusted">
                    {user.name} {user.email === null ? undefined : <span className="quiet">{user.email}</span>}
                  </td>
                  <td className="untrusted">{user.roles.join(', ')}</td>
                  <td className="untrusted">
                    {scopeText(user.scope)}
                    {user.masks.length === 0 ? '' : `, never ${user.masks.join(', ')}`}
                  </td>
                  <td>{waysOf(user)}</td>
                  <td>
                    <When time={user.last_sign_in_at} />
                  </td>
                  <td>{user.disabled_at === null ? <When time={user.expires_at} /> : 'disabled'}</td>
                  <td className="num">
                    {admin ? (
                      <UserMenu
                        user={user}
                        run={(work) =>
                          change.run(async () => {
                            await work();
                            reload();
                          })
                        }
                        onInvitation={setInvitation}
                        onEdit={() => setEditing(user)}
                      />
                    ) : undefined}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {inviting ? (
        <Invite
          onClose={() => setInviting(false)}
          onInvitation={(made) => {
            setInviting(false);
            setInvitation(made);
            reload();
          }}
        />
      ) : undefined}
      {editing === undefined ? undefined : (
        <UserForm
          user={editing}
          onClose={() => setEditing(undefined)}
          onSaved={() => {
            setEditing(undefined);
            reload();
          }}
        />
      )}
      {invitation === undefined ? undefined : <InvitationDialog invitation={invitation} onClose={() => setInvitation(undefined)} />}
    </>
  );
}

function waysOf({ has_password, has_totp, passkeys }: User): string {
  const ways = [
    has_password ? 'password' : '',
    has_totp ? 'TOTP' : '',
    passkeys > 0 ? `${passkeys} passkey${passkeys === 1 ? '' : 's'}` : '',
  ].filter((way) => way !== '');
  return ways.length === 0 ? 'invited' : ways.join(', ');
}

interface UserMenuProps {
  readonly user: User;
  readonly run: (work: () => Promise<unknown>) => void;
  readonly onInvitation: (invitation: Invitation) => void;
  readonly onEdit: () => void;
}

function UserMenu({ user: { id, name, disabled_at }, run, onInvitation, onEdit }: UserMenuProps) {
  const act = (close: () => void, work: () => Promise<unknown>) => () => {
    close();
    run(work);
  };
  return (
    <Popover label="Change" name={`Change ${name}`} className="button small">
      {(close) => (
        <>
          <button
            type="button"
            className="menu-item"
            onClick={() => {
              close();
              onEdit();
            }}
          >
            Roles and scope
          </button>
          <button
            type="button"
            className="menu-item"
            onClick={act(close, async () => {
              const { link } = await askJson<{ link: string }>(`/v1/users/${id}/invitation`, { method: 'POST' });
              onInvitation({ name, link });
            })}
          >
            New one-time link
          </button>
          <button
            type="button"
            className="menu-item"
            onClick={act(close, () => askJson(`/v1/users/${id}`, { method: 'PATCH', body: { disabled: disabled_at === null } }))}
          >
            {disabled_at === null ? 'Disable' : 'Enable'}
          </button>
          <button type="button" className="menu-item danger" onClick={act(close, () => askJson(`/v1/users/${id}`, { method: 'DELETE' }))}>
            Remove
          </button>
        </>
      )}
    </Popover>
  );
}
