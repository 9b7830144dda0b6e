import { type FormEvent, useEffect, useState } from 'react';
import type { ApiError } from '../api.ts';
import { navigate } from '../location.ts';
import { Mark } from '../parts/icons.tsx';
import { Link } from '../parts/link.tsx';
import { Note } from '../parts/states.tsx';
import { formText } from '../parts/form-text.ts';
import { asApiError } from '../use-query.ts';
import { hasPasskeys } from './passkeys.ts';
import { hasAccounts, hasProvider, useSession } from './session.tsx';

type Way = 'account' | 'token';

/** The door. A one-time link stands behind `#link=`, which no server and no log sees. */
export function SignIn() {
  const { signIn, signInByToken, signInByPasskey } = useSession();
  const [way, setWay] = useState<Way>('token');
  const [accounts, setAccounts] = useState(false);
  const [provider, setProvider] = useState(false);
  const [error, setError] = useState<ApiError | undefined>();
  const [busy, setBusy] = useState(false);
  const attempt = (work: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    work().then(
      // oxlint-disable-next-line always-return
      () => {
        if (window.location.pathname === '/sign-in') navigate('/', { replace: true });
      },
      (failed: unknown) => {
        setBusy(false);
        setError(asApiError(failed));
      },
    );
  };
  useEffect(() => {
    const link = new URLSearchParams(window.location.hash.slice(1)).get('link');
    if (link !== null) {
      // Used once: it must not stay in the history.
      window.history.replaceState(null, '', window.location.pathname);
      attempt(() => signIn({ link }));
    }
    void hasProvider().then(setProvider);
    // oxlint-disable-next-line always-return
    void hasAccounts().then((has) => {
      setAccounts(has);
      if (has) setWay('account');
    });
  }, []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => formText(form, name);
    if (way === 'token') attempt(() => signInByToken(text('token')));
    else
      attempt(() =>
        signIn({
          name: text('name'),
          password: formText(form, 'password', { trim: false }),
          ...(text('totp') === '' ? {} : { totp: text('totp') }),
        }),
      );
  };
  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <div className="sign-in-head">
          <Mark />
          <h1>Sign in to Daybook</h1>
          <p className="quiet">Who accessed what, when, from where, how, and with what result.</p>
        </div>
        {accounts ? (
          <div className="segmented" role="group" aria-label="How to sign in">
            <button type="button" aria-pressed={way === 'account'} onClick={() => setWay('account')}>
              Account
            </button>
            <button type="button" aria-pressed={way === 'token'} onClick={() => setWay('token')}>
              API token
            </button>
          </div>
        ) : undefined}
        {way === 'account' ? <AccountFields askCode={error?.code === 'second_factor_needed'} /> : <TokenField />}
        {error === undefined ? undefined : (
          <div role="alert">
            <Note tone="bad" icon="warning">
              {error.message} {error.advice}
            </Note>
          </div>
        )}
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
        {provider ? (
          <a className="button" href="/v1/session/oidc">
            Sign in by your organisation
          </a>
        ) : undefined}
        {way === 'account' && hasPasskeys() ? (
          <button type="button" className="button" disabled={busy} onClick={() => attempt(signInByPasskey)}>
            Use a passkey
          </button>
        ) : undefined}
        <p className="hint">
          Every sign-in, and every look into the log, is itself recorded. To check an evidence file no account is needed:{' '}
          <Link href="/evidence" className="text">
            check evidence
          </Link>
          .
        </p>
      </form>
    </main>
  );
}

function AccountFields({ askCode }: { readonly askCode: boolean }) {
  return (
    <>
      <label className="field">
        <span>Name</span>
        <input className="input" name="name" autoComplete="username" required />
      </label>
      <label className="field">
        <span>Password</span>
        <input className="input" name="password" type="password" autoComplete="current-password" required />
      </label>
      <label className="field">
        <span>Code of your authenticator app{askCode ? '' : ', if you have one'}</span>
        <input className="input tabular" name="totp" inputMode="numeric" autoComplete="one-time-code" maxLength={12} />
      </label>
    </>
  );
}

function TokenField() {
  return (
    <label className="field">
      <span>Token</span>
      <input className="input mono" name="token" type="password" autoComplete="off" spellCheck={false} placeholder="dbk_…" required />
      <span className="hint">
        The first one was shown when the server started for the first time. It stays in this tab and is forgotten with it.
      </span>
    </label>
  );
}
