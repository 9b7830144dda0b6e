import { useRef } from 'react';
import { Icon } from '../parts/icons.tsx';
import { Popover } from '../parts/popover.tsx';
import { percent } from '../numbers.ts';
import { useTimes } from '../preferences.tsx';
import { Bar, DownloadButton, FORMAT_TITLES, JobWords } from './job-line.tsx';
import { drop, type Job, useJobs } from './jobs.ts';

/** The person's exports, wherever in the console they are; nothing where there are none. */
export function Tray() {
  const { jobs } = useJobs();
  const list = useRef<HTMLUListElement>(null);
  if (jobs.length === 0) return undefined;
  const running = jobs.find(({ state }) => state === 'running');
  const remove = async (job: Job) => {
    await drop(job);
    // The button is gone with its line: whoever came by keyboard stays here.
    list.current?.focus();
  };
  return (
    <div className="tray">
      <Popover
        className="tray-button"
        label={
          <>
            <Icon name="download" />
            <span>{running === undefined ? wordsOf(jobs) : runningWords(running)}</span>
            {running === undefined ? undefined : <Bar job={running} hidden />}
          </>
        }
      >
        {() => (
          <>
            <div className="menu-title" id="tray-title">
              Exports
            </div>
            <ul ref={list} tabIndex={-1} aria-labelledby="tray-title">
              {jobs.map((job) => (
                <Line key={job.id} job={job} onRemove={() => void remove(job)} />
              ))}
            </ul>
          </>
        )}
      </Popover>
      <span className="visually-hidden" role="status">
        {running === undefined ? wordsOf(jobs) : 'Exporting'}
      </span>
    </div>
  );
}

function wordsOf([newest]: readonly Job[]): string {
  return newest?.state === 'done' ? 'Export ready' : newest?.state === 'failed' ? 'Export failed' : 'Exports';
}

function runningWords({ rows, total }: Job): string {
  return rows === null || total === null || total === 0 ? 'Exporting' : `Exporting ${percent(Math.min(rows, total), total)}`;
}

function Line({ job, onRemove }: { readonly job: Job; readonly onRemove: () => void }) {
  const times = useTimes();
  const running = job.state === 'running';
  return (
    <li className="job">
      <div className="job-head">
        <strong>{FORMAT_TITLES[job.format] ?? job.format}</strong>
        <span className="quiet tabular nowrap">
          {times.moment(Date.parse(job.from))} – {times.moment(Date.parse(job.to))}
        </span>
      </div>
      <p className="clip untrusted" title={job.q}>
        {job.q === '' ? 'All events' : job.q}
      </p>
      {running ? <Bar job={job} /> : undefined}
      <div className="job-foot">
        <JobWords job={job} />
        {job.state === 'done' ? <DownloadButton job={job} /> : undefined}
        <button type="button" className="button small" onClick={onRemove}>
          {running ? 'Cancel' : 'Remove'}
        </button>
      </div>
    </li>
  );
}
