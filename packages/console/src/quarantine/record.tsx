import { textOf, visible } from '../event.ts';
import { bytes, plural, whole } from '../numbers.ts';
import { When } from '../settings/when.tsx';
import type { Content, Record } from './answer.ts';
import { hexRows } from './hex.ts';

const RESULTS: Readonly<{ [result: string]: string }> = {
  event: 'imported again',
  duplicate: 'was there already',
  noise: 'noise after all',
  dismissed: 'dismissed',
};

interface RecordProps {
  readonly record: Record;
  readonly busy: boolean;
  /** Undefined: this person may not. */
  readonly onImport: (() => void) | undefined;
  readonly onDismiss: (() => void) | undefined;
  /** Why it still could not be read, when it was tried just now. */
  readonly refusal: string | undefined;
}

/** One record: why it is here, where it came from, and what it is, with nothing of it run, hidden or turned around. */
export function RecordCard({ record, busy, onImport, onDismiss, refusal }: RecordProps) {
  const { at, source, format, code, field, reason, line, file, content, mark, producer } = record;
  return (
    <li className="card quarantined">
      <div className="split">
        <strong className="untrusted">{visible(source)}</strong>
        <span className="quiet untrusted">{format}</span>
        <code className="untrusted">
          {visible(code)}
          {field === '' ? '' : ` ${visible(field)}`}
        </code>
        <span className="quiet push">
          <When time={at} />
        </span>
      </div>
      <p className="untrusted">{reason === '' ? 'Refused as an event.' : visible(reason)}</p>
      <ContentOf content={content} size={record.bytes} />
      <div className="split">
        <span className="quiet untrusted">
          by {visible(producer)}
          {file === null ? '' : `, ${visible(file)}`}
          {line === null ? '' : `, line ${whole(line)}`}
        </span>
        {mark === null ? (
          <span className="split push">
            {onImport === undefined ? undefined : (
              <button type="button" className="button small" disabled={busy} onClick={onImport}>
                Import again
              </button>
            )}
            {onDismiss === undefined ? undefined : (
              <button type="button" className="button small" disabled={busy} onClick={onDismiss}>
                Dismiss…
              </button>
            )}
          </span>
        ) : (
          <span className="quiet push untrusted">
            {RESULTS[mark.result] ?? mark.result} by {visible(mark.by)}, <When time={mark.at} />
          </span>
        )}
      </div>
      {refusal === undefined ? undefined : (
        <p className="bad untrusted" role="status">
          Still not read: {visible(refusal)}
        </p>
      )}
    </li>
  );
}

function ContentOf({ content, size }: { readonly content: Content; readonly size: number | null }) {
  const cut = size === null ? undefined : <span className="quiet">The beginning of {bytes(size)}; the whole was too long to be kept.</span>;
  switch (content.kind) {
    case 'none':
      return <p className="quiet">{size === null ? 'Nothing of it was kept.' : `${bytes(size)}: too long to be kept.`}</p>;
    case 'item':
      return <pre className="original untrusted">{visible(JSON.stringify(content.value, undefined, 2))}</pre>;
    case 'text':
      return (
        <>
          <pre className="original untrusted">{textOf(content.value)}</pre>
          {cut}
        </>
      );
    case 'base64': {
      const { rows, bytes: length } = hexRows(content.value);
      return (
        <>
          <pre className="original">{rows.join('\n')}</pre>
          {cut ?? <span className="quiet">{plural(length, 'byte')}, no text.</span>}
        </>
      );
    }
    default:
      return content satisfies never;
  }
}
