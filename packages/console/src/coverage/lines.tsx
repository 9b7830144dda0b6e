import { visible } from '../event.ts';
import { percent, whole } from '../numbers.ts';
import { Link } from '../parts/link.tsx';
import type { Lines, Source } from './answer.ts';

/** Items that an application sent and the server refused are no share of any lines. */
function isOnlyRefused({ events, noise, folded }: Lines): boolean {
  return events + sum(noise) + sum(folded) === 0;
}

type Counts = Readonly<Record<string, number>>;

/** What became of the lines that importers and agents read. */
export function LinesOfSources({ sources, days }: { readonly sources: readonly Source[]; readonly days: number }) {
  const told = sources.flatMap(({ name, lines }) => (lines === null || isOnlyRefused(lines) ? [] : [{ name, lines }]));
  if (told.length === 0) return undefined;
  return (
    <section className="card wide">
      <h2>
        Lines <span className="quiet">what became of them, in {days} days</span>
      </h2>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col" className="share-column">
                Share
              </th>
              <th scope="col" className="num">
                Events
              </th>
              <th scope="col" className="num">
                Folded
              </th>
              <th scope="col" className="num">
                Noise
              </th>
              <th scope="col" className="num">
                Not understood
              </th>
            </tr>
          </thead>
          <tbody>
            {told.map(({ name, lines }) => (
              <tr key={name}>
                <td className="untrusted">{visible(name)}</td>
                <td className="share-column">
                  <Share lines={lines} />
                </td>
                <td className="num">{whole(lines.events)}</td>
                <Kinds counts={lines.folded} />
                <Kinds counts={lines.noise} />
                <Kinds counts={lines.quarantine} href={`/quarantine?source=${encodeURIComponent(name)}`} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Kinds({ counts, href }: { readonly counts: Counts; readonly href?: string }) {
  const all = sum(counts);
  const title = Object.entries(counts)
    .map(([kind, count]) => `${kind} ${whole(count)}`)
    .join(', ');
  return (
    <td className="num" title={title}>
      {all > 0 && href !== undefined ? (
        <Link className="text" href={href}>
          {whole(all)}
        </Link>
      ) : (
        whole(all)
      )}
    </td>
  );
}

const PARTS = ['events', 'folded', 'noise', 'quarantine'] as const;

function Share({ lines }: { readonly lines: Lines }) {
  const counts = { events: lines.events, folded: sum(lines.folded), noise: sum(lines.noise), quarantine: sum(lines.quarantine) };
  const all = Object.values(counts).reduce((total, count) => total + count, 0);
  let x = 0;
  return (
    <svg
      className="share"
      viewBox="0 0 100 8"
      preserveAspectRatio="none"
      role="img"
      aria-label={PARTS.map((part) => `${part} ${percent(counts[part], all)}`).join(', ')}
    >
      {PARTS.map((part) => {
        const width = all === 0 ? 0 : (counts[part] / all) * 100;
        const from = x;
        x += width;
        return <rect key={part} className={part} x={from} y={0} width={width} height={8} />;
      })}
    </svg>
  );
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}
