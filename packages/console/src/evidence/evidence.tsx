import { checkEvidence, evidenceFinding, type EvidenceReport, type EvidenceSource, memberOf, UnreadableMember } from '@daybook/evidence';
import { type DragEvent, useRef, useState } from 'react';
import { type EventRow, sentenceOf, textOf, timeOf } from '../event.ts';
import { plural } from '../numbers.ts';
import { Outcome } from '../parts/event-cell.tsx';
import { Icon } from '../parts/icons.tsx';
import { Note, ProgressLine } from '../parts/states.tsx';
import { useTimes } from '../preferences.tsx';
import { rowOf } from '../proof/check-entry.ts';
import { signerOf } from '../proof/known-signers.ts';
import { openZip } from './zip-reader.ts';

interface Checked {
  readonly name: string;
  readonly report: EvidenceReport;
  readonly rows: readonly EventRow[];
}

/** Shown; all of them are checked. */
const ROWS_SHOWN = 200;
const FINDINGS_SHOWN = 50;

/** Drop an evidence file: it is checked in this browser, and goes nowhere. */
export function Evidence() {
  const [checked, setChecked] = useState<Checked | undefined>();
  const [progress, setProgress] = useState<string | undefined>();
  const check = async (file: File | undefined) => {
    if (file === undefined) return;
    setChecked(undefined);
    setProgress(`Checking ${file.name}`);
    setChecked(await checkFile(file, (done, total) => setProgress(`${done} of ${plural(total, 'entry', 'entries')} checked`)));
    setProgress(undefined);
  };
  return (
    <div className="page">
      <div className="page-head">
        <h1>Evidence check</h1>
      </div>
      <ProgressLine on={progress !== undefined} />
      <div className="page-body narrow stack">
        <Drop onFile={(file) => void check(file)} />
        <p className="quiet" role="status">
          {progress ?? ''}
        </p>
        {checked === undefined ? <Explanation /> : <Report checked={checked} />}
      </div>
    </div>
  );
}

async function checkFile(file: File, progress: (done: number, total: number) => void): Promise<Checked> {
  let source: EvidenceSource;
  try {
    source = await openZip(file);
  } catch (error) {
    if (!(error instanceof UnreadableMember)) throw error;
    return {
      name: file.name,
      rows: [],
      report: { findings: [evidenceFinding('evidence_unreadable')], notes: [], entries: 0, logs: 0, manifest: undefined },
    };
  }
  const report = await checkEvidence(source, { progress });
  return { name: file.name, report, rows: await rowsOf(source) };
}

async function rowsOf(source: EvidenceSource): Promise<EventRow[]> {
  const rows: EventRow[] = [];
  for (const member of source.members.values()) {
    if (rows.length >= ROWS_SHOWN || member.kind !== 'entry') continue;
    try {
      rows.push(rowOf(member.log, member.idx, new TextDecoder().decode(await source.read(memberOf.entry(member.log, member.idx)))));
    } catch {
      // What can't be read is among the findings.
    }
  }
  return rows;
}

function Drop({ onFile }: { readonly onFile: (file: File | undefined) => void }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFile(event.dataTransfer.files[0]);
  };
  return (
    <div
      className={over ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Icon name="evidence" />
      <h2>Drop an evidence file here</h2>
      <p className="quiet">A file that ends in .daybook. It is checked in this browser; nothing is sent anywhere.</p>
      <button type="button" className="button" onClick={() => input.current?.click()}>
        Choose a file
      </button>
      <input
        ref={input}
        type="file"
        accept=".daybook,.zip"
        className="visually-hidden"
        tabIndex={-1}
        aria-label="Evidence file"
        onChange={(event) => onFile(event.target.files?.[0])}
      />
    </div>
  );
}

function Explanation() {
  return (
    <div className="stack">
      <Note tone="plain" icon="help">
        <strong>What is checked.</strong> That every entry in the file stands in the log that its checkpoint was signed for, byte for byte;
        that the signature is the key’s; that the file holds what its manifest says. What no file can prove: that a filter missed nothing,
        that what an application reported is true, that the key is the right one. Compare the key with one that you got another way.
      </Note>
      <p className="quiet">
        To make one: open an event and choose Evidence file, or run{' '}
        <code>daybook evidence --where "user_id = 'ann'" --out ann.daybook</code>.
      </p>
    </div>
  );
}

function Report({ checked: { name, report, rows } }: { readonly checked: Checked }) {
  const { findings, manifest, entries } = report;
  const good = findings.length === 0;
  return (
    <div className="stack" aria-live="polite">
      <Note tone={good ? 'good' : 'bad'} icon={good ? 'check' : 'warning'}>
        <strong className="verdict">{good ? 'Nothing is wrong with this file' : 'Do not rely on this file'}</strong>
        <p>
          <span className="untrusted">{textOf(name)}</span>: {plural(entries, 'entry', 'entries')} checked
          {manifest === undefined ? '' : `, put together ${manifest.madeAt}`}
          {good ? '.' : `; ${plural(findings.length, 'finding')}.`}
        </p>
      </Note>
      {good ? undefined : (
        <ul className="findings">
          {findings.slice(0, FINDINGS_SHOWN).map(({ code, log, firstIdx, message }, i) => (
            <li key={`${i} ${code}`} className="untrusted">
              <code>{code}</code> {log === undefined ? '' : textOf(log)} {firstIdx ?? ''} <br />
              {textOf(message)}
            </li>
          ))}
        </ul>
      )}
      {manifest === undefined ? undefined : (
        <section>
          <h2>What it says</h2>
          <p className="untrusted">
            {manifest.selection.kind === 'scan'
              ? `Every entry ${manifest.selection.from} to ${manifest.selection.to} of the log ${manifest.selection.log}: a complete range.`
              : `Chosen by the filter: ${textOf(manifest.selection.where)}. The file does not prove that the filter missed nothing.`}
          </p>
          {manifest.logs.map(({ log, origin, verifierKey, checkpointSize }) => (
            <p key={log} className="untrusted">
              <strong>{log}</strong> of {textOf(origin)}, signed at {plural(checkpointSize, 'entry', 'entries')} by{' '}
              <code>{textOf(verifierKey)}</code>{' '}
              {signerOf(origin) === verifierKey
                ? '— the key that this browser knows for it.'
                : '— a key that this browser has not seen from the server itself.'}
            </p>
          ))}
        </section>
      )}
      {rows.length === 0 ? undefined : <Entries rows={rows} good={good} total={entries} />}
    </div>
  );
}

function Entries({ rows, good, total }: { readonly rows: readonly EventRow[]; readonly good: boolean; readonly total: number }) {
  const times = useTimes();
  return (
    <section>
      <h2>{good ? 'The entries' : 'The entries, of which some are not proven'}</h2>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Entry</th>
              <th scope="col">Time ({times.name})</th>
              <th scope="col">What happened</th>
              <th scope="col">Outcome</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const { who, did, what, rest } = sentenceOf(row);
              return (
                <tr key={`${textOf(row['log'])}:${textOf(row['idx'])}`}>
                  <td className="tabular nowrap">
                    {textOf(row['log'])}:{textOf(row['idx'])}
                  </td>
                  <td className="tabular nowrap">{times.row(timeOf(row))}</td>
                  <td className="untrusted">
                    {who} {did} {what}
                    {rest}
                  </td>
                  <td>
                    <Outcome value={textOf(row['outcome']) || 'unknown'} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {total > rows.length ? <p className="quiet">The first {rows.length} are shown; all were checked.</p> : undefined}
    </section>
  );
}
