import { type FormEvent, useState } from 'react';
import { askJson } from '../api.ts';
import { Dialog, DoneFoot, FormFoot } from '../parts/dialog.tsx';
import { Icon } from '../parts/icons.tsx';
import { Failure, ProgressLine, State } from '../parts/states.tsx';
import { formText } from '../parts/form-text.ts';
import { useQuery } from '../use-query.ts';
import { listOf, useChange } from './change.ts';
import { Refusal } from './refusal.tsx';
import { Secret } from './secret.tsx';
import { When } from './when.tsx';

interface Token {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly sources: readonly string[] | null;
  readonly created_at: string;
  readonly created_by: string;
  readonly revoked_at: string | null;
  readonly last_used_at: string | null;
}

const ROLES = [
  { word: 'producer', says: 'sends events of its own source, reads nothing' },
  { word: 'auditor', says: 'reads everything, changes nothing' },
  { word: 'admin', says: 'may do everything' },
];

/** The keys of programs. */
export function Tokens() {
  const { data, error, loading, reload } = useQuery('tokens', (signal) => askJson<{ tokens: readonly Token[] }>('/v1/tokens', { signal }));
  const [making, setMaking] = useState(false);
  const revoke = useChange();
  if (error !== undefined) return <Failure error={error} retry={reload} />;
  const tokens = (data?.tokens ?? []).toSorted((a, b) => Number(a.revoked_at !== null) - Number(b.revoked_at !== null));
  return (
    <>
      <div className="split">
        <p className="quiet">Programs send and read by tokens. A token is shown once, when it is made.</p>
        <button type="button" className="button primary" onClick={() => setMaking(true)}>
          <Icon name="plus" /> New token
        </button>
      </div>
      <ProgressLine on={loading} />
      <Refusal error={revoke.error} />
      {data !== undefined && tokens.length === 0 ? <State icon="lock" title="No tokens yet" /> : undefined}
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col">May claim the sources</th>
              <th scope="col">Made</th>
              <th scope="col">Last used</th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {tokens.map(({ id, name, role, sources, created_at, created_by, last_used_at, revoked_at }) => (
              <tr key={id} className={revoked_at === null ? undefined : 'gone'}>
                <td className="untrusted">{name}</td>
                <td>{role}</td>
                <td className="untrusted">{role === 'producer' || role === 'admin' ? (sources?.join(', ') ?? 'any') : '–'}</td>
                <td>
                  <When time={created_at} /> <span className="quiet untrusted">{created_by}</span>
                </td>
                <td>
                  <When time={last_used_at} />
                </td>
                <td className="num">
                  {revoked_at === null ? (
                    <button
                      type="button"
                      className="button small danger"
                      disabled={revoke.busy}
                      aria-label={`Revoke ${name}`}
                      onClick={() =>
                        revoke.run(async () => {
                          await askJson(`/v1/tokens/${id}`, { method: 'DELETE' });
                          reload();
                        })
                      }
                    >
                      Revoke
                    </button>
                  ) : (
                    <span className="quiet">revoked</span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {making ? (
        <NewToken
          onClose={() => {
            setMaking(false);
            reload();
          }}
        />
      ) : undefined}
    </>
  );
}

function NewToken({ onClose }: { readonly onClose: () => void }) {
  const [role, setRole] = useState('producer');
  const [secret, setSecret] = useState<string | undefined>();
  const { busy, error, run } = useChange();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const sources = listOf(formText(form, 'sources'));
    const body = { name: formText(form, 'name'), role, ...(role === 'producer' && sources !== null ? { sources } : {}) };
    run(async () => setSecret((await askJson<{ token: string }>('/v1/tokens', { method: 'POST', body })).token));
  };
  return (
    <Dialog title="New token" onClose={onClose}>
      {secret === undefined ? (
        <form onSubmit={submit}>
          <div className="dialog-body">
            <label className="field">
              <span>Name</span>
              <input className="input" name="name" required pattern="[A-Za-z0-9_\-]+" maxLength={64} autoComplete="off" />
              <span className="hint">Letters, digits, _ and -. For a producer it is also the source of its events.</span>
            </label>
            <fieldset className="choices">
              <legend className="visually-hidden">Role</legend>
              {ROLES.map(({ word, says }) => (
                <label key={word}>
                  <input type="radio" name="role" checked={role === word} onChange={() => setRole(word)} />
                  <span>
                    <strong>{word}</strong>
                    <span className="quiet">{says}</span>
                  </span>
                </label>
              ))}
            </fieldset>
            {role === 'producer' ? (
              <label className="field">
                <span>Sources that it may claim, if others than its name</span>
                <input className="input" name="sources" autoComplete="off" placeholder="crm billing" />
              </label>
            ) : undefined}
            <Refusal error={error} />
          </div>
          <FormFoot busy={busy} onClose={onClose}>
            Make the token
          </FormFoot>
        </form>
      ) : (
        <>
          <div className="dialog-body">
            <Secret value={secret} says="Copy it now: it is shown here and never again." />
          </div>
          <DoneFoot onClose={onClose} />
        </>
      )}
    </Dialog>
  );
}
