import { useEffect, useRef, useState } from 'react';
import type { ApiError } from '../api.ts';
import { address, ask } from '../api.ts';
import { textOf } from '../event.ts';
import { setParams, useLocation } from '../location.ts';
import { plural, whole } from '../numbers.ts';
import { Icon } from '../parts/icons.tsx';
import { Link } from '../parts/link.tsx';
import { Popover } from '../parts/popover.tsx';
import { Failure, Note, ProgressLine, State } from '../parts/states.tsx';
import { save } from '../parts/save.ts';
import { lengthOf } from '../time.ts';
import { subjectPath } from '../subject/subjects.ts';
import { asApiError } from '../use-query.ts';
import { SavedViews } from '../views/saved-views.tsx';
import { Chart, chartable } from './chart.tsx';
import { Editor } from './editor.tsx';
import { historyOf, remember } from './history.ts';
import { type Answer, csvOf, isNumeric, ROWS_MAX, runSql } from './run-sql.ts';
import { COLUMNS } from './words.ts';

const FIRST = `SELECT user_id, count() AS denied, uniq(resource) AS resources
FROM access_logs
WHERE outcome = 'denied' AND timestamp > now() - INTERVAL 7 DAY
GROUP BY user_id
ORDER BY denied DESC
LIMIT 20`;

const SHOWN = 500;

interface Run {
  readonly busy?: boolean;
  readonly answer?: Answer | undefined;
  readonly error?: ApiError | undefined;
}

/** Questions that a filter cannot ask. The same statements work for every ClickHouse client at /sql. */
export function Sql() {
  const { params } = useLocation();
  const asked = params.get('sql');
  const [text, setText] = useState(asked ?? FIRST);
  const [run, setRun] = useState<Run>({});
  const [view, setView] = useState<'table' | 'chart'>('table');
  const ending = useRef(new AbortController());
  const start = async (sql: string) => {
    ending.current.abort();
    ending.current = new AbortController();
    const { signal } = ending.current;
    setRun((before) => ({ busy: true, answer: before.answer }));
    try {
      const answer = await runSql(sql, signal);
      remember(sql);
      setRun({ answer });
    } catch (error) {
      if (!signal.aborted) setRun({ error: asApiError(error) });
      else setRun({});
    }
  };
  // A statement in the address is run when it comes there otherwise than by `go`: a link, a saved view, the way back.
  const ran = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (asked === null || asked === ran.current) return;
    ran.current = asked;
    setText(asked);
    void start(asked);
  }, [asked]);
  useEffect(() => () => ending.current.abort(), []);
  const go = () => {
    ran.current = text;
    setParams({ sql: text }, { replace: true });
    void start(text);
  };
  const { answer, error, busy = false } = run;
  const canChart = answer !== undefined && chartable(answer) !== undefined;
  return (
    <div className="page">
      <div className="page-head">
        <h1>SQL</h1>
        <span className="quiet">
          over <code>access_logs</code>, read-only
        </span>
      </div>
      <div className="sql">
        <div className="sql-main">
          <Editor value={text} onChange={setText} onRun={go} />
          <div className="sql-bar">
            <button type="button" className="button primary" onClick={go}>
              <Icon name="play" /> Run <kbd>Ctrl ⏎</kbd>
            </button>
            {busy ? (
              <button type="button" className="button" onClick={() => ending.current.abort()}>
                Stop
              </button>
            ) : undefined}
            <History onChoose={setText} />
            <SavedViews present={{ page: 'sql', text, range: '', columns: [] }} />
            {answer === undefined ? undefined : <Save answer={answer} sql={text} />}
            {canChart ? (
              <div className="segmented" role="group" aria-label="View">
                {(['table', 'chart'] as const).map((one) => (
                  <button key={one} type="button" aria-pressed={view === one} onClick={() => setView(one)}>
                    {one === 'table' ? 'Table' : 'Chart'}
                  </button>
                ))}
              </div>
            ) : undefined}
            <span className="quiet tabular" role="status">
              {busy
                ? 'Running'
                : answer === undefined
                  ? ''
                  : `${plural(answer.rows.length, 'row')} in ${lengthOf(answer.ms)}, ${whole(answer.scanned)} read`}
            </span>
          </div>
          <ProgressLine on={busy} />
          <div className={busy ? 'sql-results stale' : 'sql-results'} tabIndex={0} role="region" aria-label="Result">
            {error === undefined ? undefined : <SqlFailure error={error} />}
            {answer === undefined ? (
              error === undefined && !busy ? (
                <Hint />
              ) : undefined
            ) : canChart && view === 'chart' ? (
              <Chart answer={answer} />
            ) : (
              <Table answer={answer} />
            )}
          </div>
        </div>
        <aside className="sql-side" aria-label="Columns">
          <h3>Columns of access_logs</h3>
          {COLUMNS.map(({ name, doc }) => (
            <button key={name} type="button" title={doc} className="mono" onClick={() => setText(`${text} ${name}`)}>
              {name}
            </button>
          ))}
        </aside>
      </div>
    </div>
  );
}

function Hint() {
  return (
    <State icon="sql" title="Ask a question">
      Ctrl Enter runs the statement. Who asks what is itself recorded.
    </State>
  );
}

/** What the engine says of bad SQL names the place in it: shown as it is. */
function SqlFailure({ error }: { readonly error: ApiError }) {
  if (error.status === 0 || error.status === 403) return <Failure error={error} />;
  return (
    <div role="alert" className="sql-error">
      <Note tone="bad" icon="warning">
        <span className="mono untrusted">{textOf(error.message)}</span>
      </Note>
    </div>
  );
}

function Table({ answer: { columns, rows, cut } }: { readonly answer: Answer }) {
  const [shown, setShown] = useState(SHOWN);
  if (rows.length === 0) return <State icon="search" title="No rows" />;
  const numeric = columns.map(({ type }) => isNumeric(type));
  return (
    <>
      <table>
        <thead>
          <tr>
            {columns.map(({ name, type }, i) => (
              <th key={`${i} ${name}`} scope="col" title={type} className={numeric[i] === true ? 'num' : undefined}>
                <span className="untrusted">{textOf(name)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, shown).map((row, i) => (
            // Rows of an answer have no identity beyond their place.
            // oxlint-disable-next-line no-array-index-key
            <tr key={i}>
              {row.map((value, j) => (
                // oxlint-disable-next-line no-array-index-key
                <td key={j} className={numeric[j] === true ? 'num' : 'untrusted'}>
                  <Cell name={columns[j]?.name ?? ''} value={value} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown ? (
        <button type="button" className="button" onClick={() => setShown(shown * 4)}>
          Show more
        </button>
      ) : undefined}
      {cut ? <p className="quiet">The first {whole(ROWS_MAX)} rows. Download for all of them.</p> : undefined}
    </>
  );
}

function Cell({ name, value }: { readonly name: string; readonly value: unknown }) {
  if (value === null) return <span className="quiet">NULL</span>;
  const about = subjectPath(name, value);
  return about === undefined ? (
    textOf(value)
  ) : (
    <Link className="about" href={about}>
      {textOf(value)}
    </Link>
  );
}

function History({ onChoose }: { readonly onChoose: (sql: string) => void }) {
  return (
    <Popover label="History" align="left">
      {(close) => {
        const all = historyOf();
        return (
          <div className="history">
            {all.length === 0 ? <p className="menu-title">Nothing was run in this browser yet.</p> : undefined}
            {all.map((sql) => (
              <button
                key={sql}
                type="button"
                className="menu-item mono"
                onClick={() => {
                  onChoose(sql);
                  close();
                }}
              >
                <span className="clip">{sql.replaceAll(/\s+/g, ' ')}</span>
              </button>
            ))}
          </div>
        );
      }}
    </Popover>
  );
}

function Save({ answer, sql }: { readonly answer: Answer; readonly sql: string }) {
  const fromServer = async (format: string, extension: string) => {
    const response = await ask(address('/sql', { default_format: format }), { method: 'POST', text: sql });
    save(await response.blob(), `daybook-sql.${extension}`);
  };
  return (
    <Popover
      label={
        <>
          <Icon name="download" /> Save
        </>
      }
      align="left"
    >
      {(close) => (
        <>
          {[
            { title: 'CSV', run: () => save(new Blob([csvOf(answer)], { type: 'text/csv' }), 'daybook-sql.csv') },
            { title: 'NDJSON', run: () => void fromServer('JSONEachRow', 'ndjson') },
            { title: 'Parquet', run: () => void fromServer('Parquet', 'parquet') },
          ].map(({ title, run }) => (
            <button
              key={title}
              type="button"
              className="menu-item"
              onClick={() => {
                run();
                close();
              }}
            >
              {title}
            </button>
          ))}
        </>
      )}
    </Popover>
  );
}
