import { visible } from '../event.ts';
import { titleOf } from '../fields.ts';
import { hasValue, withoutFieldValue, withValue } from '../filter-edit.ts';
import { short, whole } from '../numbers.ts';
import { Icon } from '../parts/icons.tsx';

/** Few different values each: counted within the first answer. */
export const FACET_FIELDS = ['outcome', 'action', 'source', 'resource_type', 'resource_sensitivity', 'country_code'];
/** Many: asked for apart, so that the others do not wait. */
export const SLOW_FACET_FIELDS = ['user_id', 'ip_address'];
const ORDER = ['outcome', 'action', 'user_id', 'source', 'resource_type', 'ip_address', 'resource_sensitivity', 'country_code'];
const SHOWN = 6;

export type FacetValues = Readonly<Record<string, readonly { readonly value: string; readonly count: number }[]>>;

interface FacetsProps {
  readonly facets: FacetValues;
  readonly filter: string;
  readonly onChange: (filter: string) => void;
}

/** What the events have in common. A click takes a value in; the minus beside it leaves it out. */
export function Facets({ facets, filter, onChange }: FacetsProps) {
  return (
    <aside className="facets" aria-label="Facets">
      {ORDER.map((field) => (
        <Facet key={field} field={field} values={facets[field] ?? []} filter={filter} onChange={onChange} />
      ))}
    </aside>
  );
}

function Facet({
  field,
  values,
  filter,
  onChange,
}: { readonly field: string; readonly values: FacetValues[string] } & Omit<FacetsProps, 'facets'>) {
  if (values.length === 0) return undefined;
  const most = Math.max(...values.map(({ count }) => count));
  return (
    <details open className="facet">
      <summary>
        {titleOf(field)} <Icon name="down" />
      </summary>
      <ul>
        {values.slice(0, SHOWN).map(({ value, count }) => {
          const chosen = hasValue(filter, field, value);
          return (
            <li key={value}>
              <button
                type="button"
                aria-pressed={chosen}
                title={visible(value)}
                onClick={() => onChange(chosen ? withoutFieldValue(filter, field, value) : withValue(filter, field, value))}
              >
                <span
                  className="facet-bar"
                  style={{ width: `${(count / most) * 100}%` }}
                  data-outcome={field === 'outcome' ? value : undefined}
                />
                <span className="clip untrusted">{visible(value)}</span>
                <span className="num" title={whole(count)}>
                  {short(count)}
                </span>
              </button>
              <button
                type="button"
                className="facet-not"
                aria-label={`Leave out ${titleOf(field)} ${visible(value)}`}
                onClick={() => onChange(withValue(filter, field, value, { not: true }))}
              >
                <Icon name="minus" />
              </button>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
