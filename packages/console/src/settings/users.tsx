import { type FormEvent, useState } from 'react';
import { askJson } from '../api.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Icon } from '../parts/icons.tsx';
import { Popover } from '../parts/popover.tsx';
import { Failure, ProgressLine } from '../parts/states.tsx';
import { formText } from '../parts/form-text.ts';
import { useSession } from '../session/session.tsx';
import { useQuery } from '../use-query.ts';
import { listOf, useChange } from './change.ts';
import { Refusal } from './refusal.tsx';
import { scopeText } from './scope-text.ts';
import { Secret } from './secret.tsx';
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

interface Invitation {
  readonly name: string;
  readonly link: string;
}

/** The people, and what each may see. */
export function Users() {
  const { person } = useSession();
  const { data, error, loading, reload } = useQuery('users', (signal) => askJson<{ users: readonly User[] }>('/v1/users', { signal }));
  const [inviting, setInviting] = useState(false);
  const [invitation, setInvitation] = useState<Invitation | undefined>();
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
                    />
                  ) : undefined}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
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
}

function UserMenu({ user: { id, name, disabled_at }, run, onInvitation }: UserMenuProps) {
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

function Invite({ onClose, onInvitation }: { readonly onClose: () => void; readonly onInvitation: (invitation: Invitation) => void }) {
  const { busy, error, run } = useChange();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (field: string) => formText(form, field);
    const [sources, tenants, masks] = [listOf(text('sources')), listOf(text('tenants')), listOf(text('masks'))];
    const scope = { ...(sources === null ? {} : { source: sources }), ...(tenants === null ? {} : { tenant_id: tenants }) };
    const body = {
      name: text('name'),
      roles: [text('role')],
      ...(text('email') === '' ? {} : { email: text('email') }),
      ...(Object.keys(scope).length === 0 ? {} : { scope }),
      ...(masks === null ? {} : { masks }),
      ...(text('until') === '' ? {} : { expires_at: `${text('until')}T00:00:00Z` }),
    };
    run(async () => {
      const { invitation } = await askJson<{ invitation: { link: string } }>('/v1/users', { method: 'POST', body });
      onInvitation({ name: body.name, link: invitation.link });
    });
  };
  const roles = useQuery('roles', (signal) => askJson<{ roles: readonly { name: string }[] }>('/v1/roles', { signal }));
  const names = roles.data?.roles.map(({ name }) => name).filter((name) => name !== 'producer') ?? [
    'admin',
    'auditor',
    'analyst',
    'viewer',
  ];
  return (
    <Dialog title="Invite somebody" onClose={onClose} className="wide">
      <form onSubmit={submit}>
        <div className="dialog-body">
          <div className="form-grid">
            <label className="field">
              <span>Name</span>
              <input className="input" name="name" required maxLength={64} autoComplete="off" />
            </label>
            <label className="field">
              <span>E-mail address, if wanted</span>
              <input className="input" name="email" type="email" autoComplete="off" />
            </label>
            <label className="field">
              <span>Role</span>
              <select className="input" name="role" defaultValue="auditor">
                {names.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
            <label className="field">
              <span>Until, if not for good (UTC)</span>
              <input className="input" name="until" type="date" />
            </label>
            <label className="field">
              <span>Sees these sources only</span>
              <input className="input" name="sources" placeholder="all" autoComplete="off" />
            </label>
            <label className="field">
              <span>Sees these tenants only</span>
              <input className="input" name="tenants" placeholder="all" autoComplete="off" />
            </label>
            <label className="field">
              <span>Never sees these fields</span>
              <input className="input" name="masks" placeholder="query_text changes" autoComplete="off" />
            </label>
          </div>
          <p className="hint">An analyst or viewer sees nothing without a source or tenant.</p>
          <Refusal error={error} />
        </div>
        <div className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            Make the invitation
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function InvitationDialog({ invitation: { name, link }, onClose }: { readonly invitation: Invitation; readonly onClose: () => void }) {
  return (
    <Dialog title={`One-time link for ${name}`} onClose={onClose}>
      <div className="dialog-body">
        <Secret value={link} says="Hand it over on a way that you trust. It opens once, for three days, and is shown here only." />
      </div>
      <div className="dialog-foot">
        <button type="button" className="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
