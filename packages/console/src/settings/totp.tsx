import { type FormEvent, useState } from 'react';
import { ask, askJson } from '../api.ts';
import { formText } from '../parts/form-text.ts';
import { Note } from '../parts/states.tsx';
import { useChange } from './change.ts';
import { Refusal } from './refusal.tsx';
import { QrPicture } from '../qr/qr-picture.tsx';
import { Secret } from './secret.tsx';

interface Made {
  readonly secret: string;
  /** The same for apps: `otpauth:`. */
  readonly uri: string;
}

/** Codes of an authenticator app as a second factor: it counts once a code of it has come. */
export function Totp() {
  const { busy, error, run } = useChange();
  const [made, setMade] = useState<Made | undefined>();
  const [done, setDone] = useState(false);
  const begin = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = formText(new FormData(event.currentTarget), 'password', { trim: false });
    run(async () =>
      setMade(await askJson<Made>('/v1/session/totp', { method: 'POST', body: password === '' ? {} : { current_password: password } })),
    );
  };
  const confirm = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const totp = formText(new FormData(event.currentTarget), 'totp');
    run(async () => {
      await ask('/v1/session/totp', { method: 'PUT', body: { totp } });
      setMade(undefined);
      setDone(true);
    });
  };
  return (
    <form className="card account" onSubmit={made === undefined ? begin : confirm}>
      <h2>Codes of an authenticator app</h2>
      <div className="stack">
        {made === undefined ? (
          <label className="field">
            <span>Password, unless you have just signed in</span>
            <input className="input" name="password" type="password" autoComplete="current-password" />
          </label>
        ) : (
          <>
            <QrPicture text={made.uri} label="QR code of the secret" />
            <Secret
              value={made.secret}
              says="Scan the code with the app, or enter this secret; they are shown here only. Then type the code that the app shows."
            />
            <label className="field">
              <span>Code</span>
              <input className="input tabular" name="totp" inputMode="numeric" pattern="[0-9]{6}" required autoComplete="one-time-code" />
            </label>
          </>
        )}
        <Refusal error={error} />
        {done ? (
          <div role="status">
            <Note tone="good" icon="check">
              From now on a code is asked for.
            </Note>
          </div>
        ) : undefined}
        <button type="submit" className="button" disabled={busy}>
          {made === undefined ? 'Set up' : 'Confirm'}
        </button>
      </div>
    </form>
  );
}
