import { visible } from '../event.ts';
import { setParams } from '../location.ts';
import { whole } from '../numbers.ts';
import { When } from '../settings/when.tsx';
import type { Group } from './answer.ts';

export interface Choice {
  readonly source: string | undefined;
  readonly format: string | undefined;
  readonly code: string | undefined;
}

/** What lies here, by what is wrong with it. */
export function Groups({ groups, choice }: { readonly groups: readonly Group[]; readonly choice: Choice }) {
  return (
    <div className="table-scroll">
      <table className="table pick">
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">Format</th>
            <th scope="col">What is wrong</th>
            <th scope="col" className="num">
              Open
            </th>
            <th scope="col" className="num">
              Settled
            </th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          {groups.map(({ source, format, code, open, count, last }) => {
            const here = choice.source === source && choice.format === format && choice.code === code;
            return (
              <tr key={`${source} ${format} ${code}`} className={here ? 'here' : undefined}>
                <td>
                  <button
                    type="button"
                    className="untrusted link"
                    aria-pressed={here}
                    onClick={() => setParams(here ? { source: undefined, format: undefined, code: undefined } : { source, format, code })}
                  >
                    {visible(source)}
                  </button>
                </td>
                <td className="untrusted">{visible(format)}</td>
                <td>
                  <code className="untrusted">{visible(code)}</code>
                </td>
                <td className="num">{whole(open)}</td>
                <td className="num quiet">{whole(count - open)}</td>
                <td>
                  <When time={last} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
