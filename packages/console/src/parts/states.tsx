import type { ReactNode } from 'react';
import type { ApiError } from '../api.ts';
import { Icon, type IconName } from './icons.tsx';

export function State({
  icon,
  title,
  children,
  action,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className="state">
      <div>
        <Icon name={icon} />
        <h2>{title}</h2>
        <p>{children}</p>
        {action}
      </div>
    </div>
  );
}

/** Why something is not there, in the server's words, and what can be done. */
export function Failure({ error, retry }: { readonly error: ApiError; readonly retry?: () => void }) {
  if (error.status === 403) {
    return (
      <State icon="lock" title="Not for this account">
        {error.message} Ask an administrator for a role that may.
      </State>
    );
  }
  const title =
    error.status === 0
      ? 'The server does not answer'
      : error.code === 'engine_unavailable'
        ? 'The index is not available'
        : 'This did not work';
  return (
    <div role="alert">
      <State
        icon="warning"
        title={title}
        action={
          retry === undefined ? undefined : (
            <button type="button" className="button" onClick={retry}>
              Try again
            </button>
          )
        }
      >
        {error.message} {error.advice}
      </State>
    </div>
  );
}

/** A link may bring a filter that can't be read: then nothing is asked, and nothing said of what there is. */
export function UnreadableFilter({ error }: { readonly error: Error }) {
  return (
    <State icon="warning" title="Nothing was asked">
      The filter can’t be read: {error.message} Mend it above.
    </State>
  );
}

export function ProgressLine({ on }: { readonly on: boolean }) {
  return (
    <div className={on ? 'progress-line on' : 'progress-line'} role="status">
      {on ? <span className="visually-hidden">Loading</span> : undefined}
    </div>
  );
}

export function Note({
  tone,
  icon,
  children,
}: {
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
  readonly icon: IconName;
  readonly children: ReactNode;
}) {
  return (
    <div className={`note ${tone}`}>
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}
