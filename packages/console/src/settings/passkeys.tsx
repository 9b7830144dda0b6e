import type { FormEvent } from 'react';
import { ask, askJson } from '../api.ts';
import { formText } from '../parts/form-text.ts';
import { makePasskey } from '../session/passkeys.ts';
import { useQuery } from '../use-query.ts';
import { useChange } from './change.ts';
import { Refusal } from './refusal.tsx';
import { When } from './when.tsx';

interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly last_used_at: string | null;
}

/** Keys that a device keeps: nothing to type, nothing to be phished. */
export function Passkeys() {
  const { data, error, reload } = useQuery('passkeys', (signal) =>
    askJson<{ passkeys: readonly Passkey[] }>('/v1/session/passkeys', { signal }),
  );
  const change = useChange();
  const add = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    change.run(async () => {
      await makePasskey(formText(form, 'name'), formText(form, 'password', { trim: false }));
      reload();
    });
  };
  const giveUp = (id: string, form: HTMLFormElement | null) => {
    const password = form === null ? '' : formText(new FormData(form), 'password', { trim: false });
    const body = password === '' ? {} : { current_password: password };
    change.run(async () => {
      await ask(`/v1/session/passkeys/${encodeURIComponent(id)}`, { method: 'DELETE', body });
      reload();
    });
  };
  return (
    <form className="card account" onSubmit={add}>
      <h2>Passkeys</h2>
      <div className="stack">
        <ul>
          {(data?.passkeys ?? []).map(({ id, name, last_used_at }) => (
            <li key={id} className="split">
              <span className="untrusted">{name}</span>
              <span className="quiet">
                last used <When time={last_used_at} />
              </span>
              <button
                type="button"
                className="button small danger"
                aria-label={`Give up ${name}`}
                onClick={(event) => giveUp(id, event.currentTarget.form)}
              >
                Give up
              </button>
            </li>
          ))}
        </ul>
        <label className="field">
          <span>Name of the device</span>
          <input className="input" name="name" maxLength={60} autoComplete="off" placeholder="my laptop" />
        </label>
        <label className="field">
          <span>Password, unless you have just signed in</span>
          <input className="input" name="password" type="password" autoComplete="current-password" />
        </label>
        <Refusal error={change.error ?? error} />
        <button type="submit" className="button" disabled={change.busy}>
          Add a passkey
        </button>
      </div>
    </form>
  );
}
