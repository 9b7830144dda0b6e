import { useState } from 'react';
import { ask } from '../api.ts';
import { bytes, plural, short, whole } from '../numbers.ts';
import { Icon } from '../parts/icons.tsx';
import { save } from '../parts/save.ts';
import { useTimes } from '../preferences.tsx';
import { useSession } from '../session/session.tsx';
import { asApiError } from '../use-query.ts';
import { type Job, look, useJobs } from './jobs.ts';

export const FORMAT_TITLES: Readonly<Record<string, string>> = { csv: 'CSV', ndjson: 'NDJSON', parquet: 'Parquet' };

/** How far one export is in words, then what there is, or why there is nothing. */
export function JobWords({ job }: { readonly job: Job }) {
  const { rates, error } = useJobs();
  const times = useTimes();
  const rate = rates.get(job.id);
  if (job.state === 'cancelled') return <p className="quiet">Cancelled; nothing is kept.</p>;
  if (job.state === 'failed') return <p className="job-failed">{job.error?.detail ?? 'It failed.'}</p>;
  if (job.state === 'done')
    return (
      <p className="quiet tabular">
        {job.rows === null ? '' : `${plural(job.rows, 'event')}, `}
        {bytes(job.bytes)}
        <br />
        Kept until {times.moment(Date.parse(job.expires))}
      </p>
    );
  return (
    <p className="quiet tabular">
      {error === undefined ? `${progressWords(job)}${rate === undefined ? '' : `, ${short(Math.round(rate))} a second`}` : error.message}
    </p>
  );
}

/** Hidden where its words stand beside it. */
export function Bar({ job, hidden = false }: { readonly job: Job; readonly hidden?: boolean }) {
  const known = job.rows === null || job.total === null || job.total === 0 ? {} : { value: Math.min(1, job.rows / job.total) };
  const name = `Progress of the ${FORMAT_TITLES[job.format] ?? job.format} export`;
  return <progress aria-label={name} aria-hidden={hidden} {...known} />;
}

function progressWords({ rows, total, bytes: written }: Job): string {
  if (total === null && written === 0) return 'Counting';
  if (rows === null) return `${bytes(written)} so far${total === null ? '' : ` for ${plural(total, 'event')}`}`;
  return total === null ? `${plural(rows, 'event')} so far` : `${whole(rows)} of ${plural(total, 'event')}`;
}

/** By the browser itself where the session's cookie opens the file; who signed in by a token has no cookie. */
export function DownloadButton({ job, primary = false }: { readonly job: Job; readonly primary?: boolean }) {
  const { person } = useSession();
  const [state, setState] = useState<{ readonly busy?: boolean; readonly error?: string }>({});
  const at = `/v1/exports/${job.id}/file`;
  const className = primary ? 'button primary' : 'button small';
  const label = (
    <>
      <Icon name="download" /> Download
    </>
  );
  if (person?.by === 'session')
    return (
      <a className={className} href={at} download onClick={() => void look()}>
        {label}
      </a>
    );
  const fetchIt = async () => {
    setState({ busy: true });
    try {
      save(await (await ask(at)).blob(), `daybook-events-${job.from.slice(0, 10)}.${job.format}`);
      setState({});
    } catch (error) {
      setState({ error: asApiError(error).message });
      void look();
    }
  };
  return (
    <>
      {state.error === undefined ? undefined : <span role="alert">{state.error}</span>}
      <button type="button" className={className} disabled={state.busy === true} onClick={() => void fetchIt()}>
        {label}
      </button>
    </>
  );
}
