import { useEffect, useRef, useState } from 'react';
import type { ApiError } from '../api.ts';
import { EVIDENCE_EVENTS_MAX, evidenceOfSearch } from '../evidence/search-evidence.ts';
import { Bar, DownloadButton, FORMAT_TITLES, JobWords } from '../exports/job-line.tsx';
import { drop, type Job, start, useJobs } from '../exports/jobs.ts';
import { bytes, plural } from '../numbers.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Icon } from '../parts/icons.tsx';
import { Note } from '../parts/states.tsx';
import { save } from '../parts/save.ts';
import { asApiError } from '../use-query.ts';

const FORMATS = [
  { word: 'csv', title: 'CSV', says: 'For spreadsheets. What would run there as a formula is made harmless.' },
  { word: 'ndjson', title: 'NDJSON', says: 'For programs: one JSON object a line.' },
  { word: 'parquet', title: 'Parquet', says: 'For data tools: typed columns, small.' },
  {
    word: 'daybook',
    title: 'Evidence file',
    says: `For somebody who must not have to trust you: each event with its proof, made and checked in this browser. Up to ${EVIDENCE_EVENTS_MAX} events.`,
  },
] as const;

interface ExportProps {
  readonly q: string;
  readonly from: string;
  readonly to: string;
  readonly total: number | undefined;
  readonly columns: readonly string[];
  readonly onClose: () => void;
}

/** Exactly the filter on screen; what is in the file is said beforehand, and that it is recorded. */
export function ExportDialog({ q, from, to, total, columns, onClose }: ExportProps) {
  const [format, setFormat] = useState<string>('csv');
  const [all, setAll] = useState(true);
  const [state, setState] = useState<State>({});
  const ending = useRef(new AbortController());
  const { jobs } = useJobs();
  const job = jobs.find(({ id }) => id === state.job);
  const line = useRef<HTMLDivElement>(null);
  const foot = useRef<HTMLDivElement>(null);
  // The button that was pressed is gone: the keyboard goes on at what there is instead, which while it runs is not to cancel it.
  useEffect(() => {
    if (job === undefined) return;
    const next = job.state === 'running' ? line.current : foot.current?.lastElementChild;
    if (next instanceof HTMLElement) next.focus();
  }, [job?.state]);
  const begin = async () => {
    setState({ busy: true });
    try {
      if (format === 'daybook') {
        const blob = await evidenceOfSearch({ q, from, to }, { signal: ending.current.signal, tell: () => undefined });
        save(blob, 'daybook-events.daybook');
        setState({ saved: blob.size });
      } else setState({ job: (await start({ q, from, to, format, columns: all ? undefined : onScreen(columns) })).id });
    } catch (error) {
      setState({ error: asApiError(error) });
    }
  };
  const close = () => {
    ending.current.abort();
    onClose();
  };
  return (
    <Dialog title="Export" onClose={close}>
      <div className="dialog-body">
        <p>
          {total === undefined ? 'The events' : plural(total, 'event')} of this filter and range, newest first. The export is itself
          recorded in the log.
        </p>
        {job === undefined ? (
          <Choices {...{ format, setFormat, all, setAll }} count={onScreen(columns).length} />
        ) : (
          <div className="job" ref={line} tabIndex={-1}>
            <div className="job-head">
              <strong>{FORMAT_TITLES[job.format]}</strong>
              <span className="quiet">{job.columns === null ? 'all columns' : plural(job.columns.length, 'column')}</span>
            </div>
            {job.state === 'running' ? <Bar job={job} /> : undefined}
            <JobWords job={job} />
            {job.state === 'running' ? (
              <p className="quiet">You may close this, and the console: it goes on, and waits under Exports.</p>
            ) : undefined}
          </div>
        )}
        {state.error === undefined ? undefined : (
          <div role="alert">
            <Note tone="bad" icon="warning">
              {state.error.message} {state.error.advice}
            </Note>
          </div>
        )}
      </div>
      <div className="dialog-foot" ref={foot}>
        <span className="quiet tabular" role="status">
          {statusWords(state, job)}
        </span>
        <CopyLink />
        {job === undefined ? (
          <button type="button" className="button primary" disabled={state.busy === true} onClick={() => void begin()}>
            <Icon name="download" /> {format === 'daybook' ? 'Download' : 'Export'}
          </button>
        ) : job.state === 'done' ? (
          <DownloadButton job={job} primary />
        ) : job.state === 'running' ? (
          <button type="button" className="button" onClick={() => void drop(job)}>
            Cancel the export
          </button>
        ) : (
          <button type="button" className="button" onClick={() => setState({})}>
            Choose again
          </button>
        )}
      </div>
    </Dialog>
  );
}

interface State {
  readonly busy?: boolean;
  /** Its id. */
  readonly job?: string;
  /** Bytes of an evidence file. */
  readonly saved?: number;
  readonly error?: ApiError;
}

function statusWords({ busy, saved }: State, job: Job | undefined): string {
  if (saved !== undefined) return `${bytes(saved)} saved`;
  if (job?.state === 'done') return 'Ready';
  return busy === true ? 'One moment' : '';
}

/** With what names an event beyond doubt. */
function onScreen(columns: readonly string[]): string[] {
  return [...new Set(['timestamp', ...columns, 'log', 'idx'])];
}

interface ChoicesProps {
  readonly format: string;
  readonly setFormat: (format: string) => void;
  readonly all: boolean;
  readonly setAll: (all: boolean) => void;
  /** Of the columns on screen. */
  readonly count: number;
}

function Choices({ format, setFormat, all, setAll, count }: ChoicesProps) {
  return (
    <>
      <fieldset className="choices">
        <legend className="visually-hidden">Format</legend>
        {FORMATS.map(({ word, title, says }) => (
          <label key={word}>
            <input type="radio" name="format" checked={format === word} onChange={() => setFormat(word)} />
            <span>
              <strong>{title}</strong>
              <span className="quiet">{says}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset className="choices row" disabled={format === 'daybook'}>
        <legend className="visually-hidden">Columns</legend>
        <label>
          <input type="radio" name="columns" checked={all} onChange={() => setAll(true)} /> All columns
        </label>
        <label>
          <input type="radio" name="columns" checked={!all} onChange={() => setAll(false)} /> Those on screen ({count})
        </label>
      </fieldset>
    </>
  );
}

function CopyLink() {
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(window.location.href).then(() => setCopied(true));
  return (
    <button type="button" className="button" onClick={copy}>
      <Icon name="link" /> {copied ? 'Copied' : 'Copy link'}
    </button>
  );
}
