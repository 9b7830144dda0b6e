import { askJson } from '../api.ts';
import { visible } from '../event.ts';
import { setParams, useLocation } from '../location.ts';
import { plural } from '../numbers.ts';
import { Icon } from '../parts/icons.tsx';
import { Link } from '../parts/link.tsx';
import { Failure, Note, ProgressLine, State } from '../parts/states.tsx';
import { useQuery } from '../use-query.ts';
import type { Coverage as Answer, Problem } from './answer.ts';
import { Canaries } from './canaries.tsx';
import { Gaps } from './gaps.tsx';
import { LinesOfSources } from './lines.tsx';
import { Matrix } from './matrix.tsx';

const DAYS = [7, 30, 90];
const DAYS_DEFAULT = 30;
/** More are named by the matrix. */
const PROBLEMS_SHOWN = 8;

/** Is everything that is expected captured? */
export function Coverage() {
  const { params } = useLocation();
  const asked = Number(params.get('days'));
  const days = DAYS.includes(asked) ? asked : DAYS_DEFAULT;
  const { data, error, loading, reload } = useQuery(`coverage ${days}`, (signal) =>
    askJson<Answer>(`/v1/coverage?days=${days}`, { signal }),
  );
  return (
    <div className="page">
      <div className="page-head">
        <h1>Sources &amp; coverage</h1>
        <div className="segmented" role="group" aria-label="Looked back over">
          {DAYS.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === days}
              onClick={() => setParams({ days: one === DAYS_DEFAULT ? undefined : String(one) })}
            >
              {one} days
            </button>
          ))}
        </div>
        <button type="button" className="button" disabled={loading} onClick={reload}>
          <Icon name="refresh" /> Look again
        </button>
      </div>
      <ProgressLine on={loading} />
      <div className="page-body stack">
        {error === undefined ? undefined : <Failure error={error} retry={reload} />}
        {data === undefined || error !== undefined ? undefined : <Found answer={data} reload={reload} />}
      </div>
    </div>
  );
}

function Found({ answer, reload }: { readonly answer: Answer; readonly reload: () => void }) {
  if (answer.sources.length === 0 && answer.answer === 'nothing_expected') {
    return (
      <State icon="coverage" title="No sources yet">
        Nothing was sent, and nothing is expected. Name the sources that must send in <code>daybook.yaml</code> under <code>sources:</code>,
        and this page tells what is missing.
      </State>
    );
  }
  return (
    <>
      <Verdict answer={answer} />
      <Matrix answer={answer} />
      <Gaps sources={answer.sources} />
      <Canaries answer={answer} reload={reload} />
      <LinesOfSources sources={answer.sources} days={answer.days} />
      <Notes notes={answer.notes} />
    </>
  );
}

function Verdict({ answer: { answer, problems, days } }: { readonly answer: Answer }) {
  if (answer === 'nothing_expected') {
    return (
      <Note tone="plain" icon="help">
        <strong>Nothing is expected.</strong> These sources send; whether one that should is missing, nobody can say. Name them in{' '}
        <code>daybook.yaml</code> under <code>sources:</code>, with what each must show and how long it may be silent.
      </Note>
    );
  }
  if (answer === 'yes') {
    return (
      <Note tone="good" icon="check">
        <strong>All expected accesses are captured.</strong> Each was seen in the last {days} days or is proven by a canary, no source is
        silent for longer than is normal, and no numbers of producers are missing.
      </Note>
    );
  }
  return (
    <Note tone="bad" icon="warning">
      <strong>{plural(problems.length, 'expected thing is', 'expected things are')} missing.</strong>
      <ul className="problems">
        {problems.slice(0, PROBLEMS_SHOWN).map((problem) => (
          <li key={`${problem.code} ${problem.source} ${problem.kind ?? ''} ${problem.message}`} className="untrusted">
            {visible(problem.message)}
          </li>
        ))}
        {problems.length > PROBLEMS_SHOWN ? <li>… and {plural(problems.length - PROBLEMS_SHOWN, 'more', 'more')}.</li> : undefined}
      </ul>
    </Note>
  );
}

function Notes({ notes }: { readonly notes: readonly Problem[] }) {
  if (notes.length === 0) return undefined;
  return (
    <Note tone="plain" icon="help">
      <strong>Worth a look</strong>
      <ul className="problems">
        {notes.map((note) => (
          <li key={`${note.code} ${note.source}`} className="untrusted">
            {visible(note.message)}{' '}
            {note.code === 'quarantine' ? (
              <Link className="text" href={`/quarantine?source=${encodeURIComponent(note.source)}`}>
                Look at them
              </Link>
            ) : undefined}
          </li>
        ))}
      </ul>
    </Note>
  );
}
