import { useRef, useState } from 'react';
import { address, type ApiError, ask } from '../api.ts';
import { EVIDENCE_EVENTS_MAX, evidenceOfSearch } from '../evidence/search-evidence.ts';
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
  const [state, setState] = useState<{ readonly done?: number; readonly busy?: boolean; readonly error?: ApiError }>({});
  const ending = useRef(new AbortController());
  const [copied, setCopied] = useState(false);
  const { signal } = ending.current;
  const rows = async () => {
    const column = all ? undefined : ['timestamp', ...columns, 'log', 'idx'];
    return blobOf(await ask(address('/v1/events/export', { q, from, to, format, column }), { signal }), (done) =>
      setState({ busy: true, done }),
    );
  };
  const evidence = async () => evidenceOfSearch({ q, from, to }, { signal, tell: () => setState({ busy: true }) });
  const download = async () => {
    setState({ busy: true, done: 0 });
    try {
      const blob = format === 'daybook' ? await evidence() : await rows();
      save(blob, `daybook-events.${format}`);
      setState({ done: blob.size });
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
            <input type="radio" name="columns" checked={!all} onChange={() => setAll(false)} /> Those on screen ({columns.length + 3})
          </label>
        </fieldset>
        {state.error === undefined ? undefined : (
          <div role="alert">
            <Note tone="bad" icon="warning">
              {state.error.message}
            </Note>
          </div>
        )}
      </div>
      <div className="dialog-foot">
        <span className="quiet tabular" role="status">
          {state.done === undefined ? '' : state.busy === true ? `${bytes(state.done)} so far` : `${bytes(state.done)} saved`}
        </span>
        <button
          type="button"
          className="button"
          onClick={() => {
            void navigator.clipboard.writeText(window.location.href).then(() => setCopied(true));
          }}
        >
          <Icon name="link" /> {copied ? 'Copied' : 'Copy link'}
        </button>
        <button type="button" className="button primary" disabled={state.busy === true} onClick={() => void download()}>
          <Icon name="download" /> Download
        </button>
      </div>
    </Dialog>
  );
}

/** The browser keeps a blob's bytes on disk when they are many. */
async function blobOf(response: Response, progress: (done: number) => void): Promise<Blob> {
  const parts: BlobPart[] = [];
  let done = 0;
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
    parts.push(next.value);
    done += next.value.length;
    progress(done);
  }
  return new Blob(parts, { type: 'application/octet-stream' });
}
