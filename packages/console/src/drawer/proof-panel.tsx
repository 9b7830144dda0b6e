import { toBase64 } from '@daybook/tlog';
import { useState } from 'react';
import { type ApiError } from '../api.ts';
import { type Place, placeText } from '../event.ts';
import { evidenceOf } from '../evidence/make-evidence.ts';
import { plural, whole } from '../numbers.ts';
import { Icon } from '../parts/icons.tsx';
import { Note } from '../parts/states.tsx';
import { type EntryProof, type FetchedEntry, proveEntry } from '../proof/check-entry.ts';
import { save } from '../parts/save.ts';
import { useQuery } from '../use-query.ts';

/** Whether the event is what the signed log holds: computed here, from the bytes that are shown. */
export function ProofPanel({ place, entry }: { readonly place: Place; readonly entry: FetchedEntry }) {
  const { data, error } = useQuery(placeText(place), (signal) => proveEntry(place, entry.bytes, signal));
  return (
    <section className="proof" aria-label="Proof" aria-live="polite">
      {error === undefined ? undefined : <NotChecked error={error} />}
      {data === undefined ? (
        error === undefined ? (
          <p className="quiet">Checking the proof in this browser…</p>
        ) : undefined
      ) : (
        <Verdict proof={data} place={place} entry={entry} />
      )}
    </section>
  );
}

function NotChecked({ error }: { readonly error: ApiError }) {
  return (
    <Note tone="warn" icon="warning">
      <strong>Not checked.</strong> {error.message}
    </Note>
  );
}

function Verdict({ proof, place, entry }: { readonly proof: EntryProof; readonly place: Place; readonly entry: FetchedEntry }) {
  const [open, setOpen] = useState(false);
  if (!proof.ok) {
    return (
      <Note tone="bad" icon="warning">
        <strong>This event does not match the signed log.</strong>
        <p>
          {proof.message} <code>{proof.code}</code>
        </p>
        <p>
          Do not rely on what is shown here. Keep this page, run <code>daybook verify</code> on the server’s data and on a copy of a
          checkpoint that was kept elsewhere.
        </p>
      </Note>
    );
  }
  return (
    <>
      <Note tone="good" icon="check">
        <strong>In the signed log.</strong> Checked in this browser: entry {whole(place.idx)} of {whole(proof.checkpoint.size)} in{' '}
        <span className="untrusted">{proof.checkpoint.origin}</span>.
        <div className="proof-actions">
          <button type="button" className="button plain small" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Hide the proof' : 'Show the proof'}
          </button>
          <button
            type="button"
            className="button plain small"
            onClick={() => save(evidenceOf({ place, entry: entry.bytes, proof }), `${place.log}-${place.idx}.daybook`)}
          >
            <Icon name="download" /> Evidence file
          </button>
        </div>
      </Note>
      {open ? <Path proof={proof} /> : undefined}
    </>
  );
}

function Path({ proof }: { readonly proof: Extract<EntryProof, { ok: true }> }) {
  const { checkpoint, steps, verifier, signer } = proof;
  return (
    <ol className="proof-path">
      <li>
        <span>Hash of the entry’s bytes</span>
        <code>{proof.leaf}</code>
      </li>
      {steps.map(({ hash, side }, i) => (
        <li key={hash}>
          <span>
            with its {side} neighbour, level {i + 1}
          </span>
          <code>{hash}</code>
        </li>
      ))}
      <li>
        <span>gives, after {plural(steps.length, 'step')}, the root that was signed</span>
        <code>{toBase64(checkpoint.root)}</code>
      </li>
      <li>
        <span>
          signed by <span className="untrusted">{verifier.name}</span>,{' '}
          {signer.kind === 'new'
            ? 'a key that this browser sees for the first time: compare it with one that you have from elsewhere'
            : 'the key that this browser has seen before'}
        </span>
        <code className="untrusted">{proof.verifierKey}</code>
      </li>
    </ol>
  );
}
