import { visible } from '../event.ts';
import { both, oneValue } from '../filter-edit.ts';
import { pathOf } from '../location.ts';
import { short, whole } from '../numbers.ts';
import { Icon } from '../parts/icons.tsx';
import { Link } from '../parts/link.tsx';
import { lengthOf } from '../time.ts';
import { Ago, agoText } from './ago.tsx';
import type { Cell, Coverage, Source } from './answer.ts';

type Kind = Coverage['kinds'][number];

/** Each source × kind of access. A kind that nobody expects and nobody shows takes no column. */
export function Matrix({ answer }: { readonly answer: Coverage }) {
  const used = new Set(answer.sources.flatMap(({ cells }) => cells.map(({ kind }) => kind)));
  const kinds = answer.kinds.filter(({ name }) => used.has(name));
  const atMs = Date.parse(answer.at);
  const days = answer.days;
  return (
    <section className="card wide">
      <div className="table-scroll">
        <table className="matrix">
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col">Last event</th>
              {kinds.map(({ name, label, doc }) => (
                <th scope="col" key={name} title={doc} className="kind">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {answer.sources.map((source) => (
              <tr key={source.name} className={source.registered ? undefined : 'unregistered'}>
                <th scope="row">
                  <span className="untrusted" title={source.note === '' ? undefined : visible(source.note)}>
                    {visible(source.name)}
                  </span>
                  <span className="quiet untrusted">{source.registered ? visible(source.owner) : 'unregistered'}</span>
                </th>
                <td className={source.silent_since === null ? undefined : 'silent'}>
                  <Last source={source} atMs={atMs} />
                </td>
                {kinds.map((kind) => (
                  <td key={kind.name} className="cell">
                    <CellOf cell={source.cells.find((one) => one.kind === kind.name)} context={{ source, kind, atMs, days }} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Legend />
    </section>
  );
}

function Last({ source: { last, silent_since, silence_s }, atMs }: { readonly source: Source; readonly atMs: number }) {
  return (
    <>
      <Ago time={last} atMs={atMs} />
      {silence_s === null ? undefined : (
        <span className="normal">
          {silent_since === null ? '' : 'silent; '}normal {lengthOf(silence_s * 1000)}
        </span>
      )}
    </>
  );
}

interface Context {
  readonly source: Source;
  readonly kind: Kind;
  readonly atMs: number;
  readonly days: number;
}

function CellOf({ cell, context }: { readonly cell: Cell | undefined; readonly context: Context }) {
  if (cell === undefined) return <span className="nothing">·</span>;
  if (cell.state === 'missing') return <Missing cell={cell} />;
  const { source, kind, days } = context;
  const q = both(oneValue('source', source.name), kind.filter);
  const words = wordsOf(cell, context);
  return (
    <Link
      href={pathOf('/search', { range: `${days <= 7 ? 7 : days <= 30 ? 30 : 90}d`, q })}
      className={classOf(cell, source)}
      title={words}
      aria-label={`${source.name}, ${kind.label}: ${words}`}
    >
      {cell.state === 'proven' ? <Icon name="check" /> : isDoubted(cell, source) ? <Icon name="warning" /> : undefined}
      {short(cell.count)}
    </Link>
  );
}

/** Seen, but not any more: what Daybook did itself just now was not told, or the whole source is silent. */
function isDoubted({ state, canary }: Cell, { silent_since }: Source): boolean {
  return state === 'seen' && (silent_since !== null || (canary !== null && canary.result !== 'seen'));
}

function classOf(cell: Cell, source: Source): string {
  if (isDoubted(cell, source)) return 'mark doubt';
  return cell.expected || cell.state === 'proven' ? `mark ${cell.state}` : 'mark seen extra';
}

function Missing({ cell }: { readonly cell: Cell }) {
  const why = cell.canary === null ? 'Neither seen nor proven by a canary.' : `The canary ${cell.canary.name} failed.`;
  if (!cell.expected && cell.canary === null) return <span className="nothing">·</span>;
  return (
    <span className="mark missing" title={why}>
      missing
    </span>
  );
}

function wordsOf({ count, last, canary, state, expected }: Cell, { atMs, days }: Context): string {
  const seen = last === null ? `not seen in ${days} days` : `${whole(count)} in ${days} days, the last ${agoText(atMs - Date.parse(last))}`;
  const proven =
    state === 'proven' && canary !== null
      ? `; proven by the canary ${canary.name} ${agoText(atMs - Date.parse(canary.at))}, visible after ${lengthOf(canary.visible_ms ?? 0)}`
      : '';
  const failed =
    state === 'seen' && canary !== null && canary.result !== 'seen'
      ? `; the canary ${canary.name} failed ${agoText(atMs - Date.parse(canary.at))}`
      : '';
  return `${seen}${proven}${failed}${expected ? '' : '; not expected'}`;
}

function Legend() {
  return (
    <ul className="legend" aria-label="What the cells mean">
      <li>
        <span className="mark seen">12</span> seen
      </li>
      <li>
        <span className="mark proven">
          <Icon name="check" />
          12
        </span>{' '}
        proven by a canary
      </li>
      <li>
        <span className="mark missing">missing</span> expected, neither seen nor proven
      </li>
      <li>
        <span className="mark doubt">
          <Icon name="warning" />
          12
        </span>{' '}
        seen, but silent now, or its canary failed
      </li>
      <li>
        <span className="mark seen extra">12</span> seen, not expected
      </li>
    </ul>
  );
}
