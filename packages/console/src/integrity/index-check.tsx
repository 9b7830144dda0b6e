import { parseJson } from '@daybook/protocol';
import { useState } from 'react';
import { type ApiError, ask } from '../api.ts';
import { textOf } from '../event.ts';
import { percent, plural } from '../numbers.ts';
import { Note } from '../parts/states.tsx';
import { asApiError } from '../use-query.ts';

interface Line {
  readonly progress?: { readonly done: number; readonly total: number };
  readonly finding?: {
    readonly code: string;
    readonly log: string;
    readonly first_idx: number;
    readonly last_idx: number;
    readonly message: string;
  };
  readonly end?: { readonly findings: number };
  readonly error?: { readonly code: string; readonly detail: string };
}

interface State {
  readonly busy?: boolean;
  readonly done?: number;
  readonly total?: number;
  readonly findings: readonly NonNullable<Line['finding']>[];
  readonly ended?: boolean;
  readonly error?: ApiError | undefined;
  readonly broken?: string;
}

/** The search shows an index; this has the server compare it with the ledger, row by row. */
export function IndexCheck() {
  const [state, setState] = useState<State>({ findings: [] });
  const run = async () => {
    setState({ busy: true, findings: [] });
    try {
      await readLines(await ask('/v1/verify/index', { method: 'POST' }), (line) => setState((before) => after(before, line)));
    } catch (error) {
      setState({ findings: [], error: asApiError(error) });
    }
  };
  const { busy, done = 0, total = 0, findings, ended, error, broken } = state;
  return (
    <section className="card">
      <h2>Index</h2>
      <p className="quiet">
        What search and SQL show is an index of the ledger. The server compares the two, row by row; on a large ledger that takes minutes.
      </p>
      <div className="split">
        <button type="button" className="button" disabled={busy === true} onClick={() => void run()}>
          Compare with the ledger
        </button>
        <span className="quiet tabular" role="status">
          {busy === true ? `${percent(done, total)} of ${plural(total, 'entry', 'entries')}` : ''}
        </span>
      </div>
      {error === undefined && broken === undefined ? undefined : (
        <Note tone="warn" icon="warning">
          {error?.message ?? broken}
        </Note>
      )}
      {ended === true ? (
        <Note tone={findings.length === 0 ? 'good' : 'bad'} icon={findings.length === 0 ? 'check' : 'warning'}>
          <strong>
            {findings.length === 0
              ? 'The index is what the ledger says.'
              : `${plural(findings.length, 'finding')}: the index does not show what the ledger holds.`}
          </strong>
          {findings.slice(0, 20).map(({ code, log, first_idx, message }) => (
            <p key={`${code} ${log} ${first_idx}`} className="untrusted">
              <code>{code}</code> {textOf(log)}:{first_idx} {textOf(message)}
            </p>
          ))}
        </Note>
      ) : undefined}
    </section>
  );
}

function after(before: State, { progress, finding, end, error }: Line): State {
  if (progress !== undefined) return { ...before, ...progress };
  if (finding !== undefined) return { ...before, findings: [...before.findings, finding] };
  if (error !== undefined) return { findings: before.findings, broken: error.detail };
  return end === undefined ? before : { findings: before.findings, ended: true };
}

async function readLines(response: Response, tell: (line: Line) => void): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
    const lines = (rest + next.value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) tell(parseJson(line) as Line); // oxlint-disable-line no-unsafe-type-assertion
  }
}
