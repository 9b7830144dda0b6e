import { visible } from '../event.ts';
import { plural, whole } from '../numbers.ts';
import { When } from '../settings/when.tsx';
import type { Source } from './answer.ts';

/** Producers number what they send: what is missing between two numbers was lost on the way, or is still at the producer. */
export function Gaps({ sources }: { readonly sources: readonly Source[] }) {
  const gaps = sources.flatMap(({ gaps: own }) => own);
  if (gaps.length === 0) return undefined;
  return (
    <section className="card wide">
      <h2>
        Gaps <span className="quiet">numbers that producers used, and of which nothing came; closed by themselves when it comes</span>
      </h2>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Producer</th>
              <th scope="col">Numbers</th>
              <th scope="col" className="num">
                Missing
              </th>
              <th scope="col">Known since</th>
            </tr>
          </thead>
          <tbody>
            {gaps.map(({ src, first, last, since }) => (
              <tr key={`${src} ${first}`}>
                <td className="untrusted">{visible(src)}</td>
                <td className="tabular">{first === last ? whole(first) : `${whole(first)} – ${whole(last)}`}</td>
                <td className="num">{plural(last - first + 1, 'event')}</td>
                <td>
                  <When time={since} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
