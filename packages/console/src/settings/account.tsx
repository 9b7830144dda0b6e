import { type FormEvent, useState } from 'react';
import { ask } from '../api.ts';
import { Note } from '../parts/states.tsx';
import { hasPasskeys } from '../session/passkeys.ts';
import { useSession } from '../session/session.tsx';
import { formText } from '../parts/form-text.ts';
import { Passkeys } from './passkeys.tsx';
import { Totp } from './totp.tsx';
import { useChange } from './change.ts';
import { Refusal } from './refusal.tsx';

/** One's own way in. */
export function Account() {
  const { person } = useSession();
  if (person?.by === 'token') {
    return (
      <Note tone="plain" icon="lock">
        You are here by the token <strong className="untrusted">{person.name}</strong>. Passwords and second factors belong to accounts:
        sign in by one.
      </Note>
    );
  }
  if (typeof person?.provider === 'string') {
    return (
      <Note tone="plain" icon="lock">
        This account signs in by <strong className="untrusted">{person.provider}</strong>, and by nothing else: password and second factors
        are set there.
      </Note>
    );
  }
  return (
    <>
      <Password />
      <Totp />
      {hasPasskeys() ? <Passkeys /> : undefined}
    </>
  );
}

function Password() {
  const { busy, error, run } = useChange();
  const [done, setDone] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const current = formText(form, 'current', { trim: false });
    const body = { password: formText(form, 'next', { trim: false }), ...(current === '' ? {} : { current_password: current }) };
    setDone(false);
    run(async () => {
      await ask('/v1/session/password', { method: 'POST', body });
      setDone(true);
    });
  };
  return (
    <form className="card account" onSubmit={submit}>
      <h2>Password</h2>
      <div className="stack">
        <label className="field">
          <span>Present password, if there is one</span>
          <input className="input" name="current" type="password" autoComplete="current-password" />
        </label>
        <label className="field">
          <span>New password</span>
          <input className="input" name="next" type="password" autoComplete="new-password" minLength={12} required />
          <span className="hint">At least twelve characters. Length protects; odd signs do not.</span>
        </label>
        <Refusal error={error} />
        {done ? (
          <div role="status">
            <Note tone="good" icon="check">
              The password is set.
            </Note>
          </div>
        ) : undefined}
        <button type="submit" className="button primary" disabled={busy}>
          Set the password
        </button>
      </div>
    </form>
  );
}
