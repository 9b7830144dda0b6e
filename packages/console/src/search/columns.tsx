import { useState } from 'react';
import { FIELDS, titleOf } from '../fields.ts';
import { Icon } from '../parts/icons.tsx';
import { Popover } from '../parts/popover.tsx';

const KEY = 'daybook.columns';
const DEFAULT = ['outcome', 'user_id', 'action', 'resource', 'source', 'ip_address'];
const CHOICES = [
  'outcome',
  'user_id',
  'action',
  ...FIELDS.map(({ name }) => name).filter(
    (name) => !['outcome', 'user_id', 'action', 'timestamp', 'attributes', 'changes', 'labels'].includes(name),
  ),
];

export interface Columns {
  readonly columns: readonly string[];
  readonly set: (columns: readonly string[]) => void;
}

/** Which columns, kept in this browser. The time always stands in front. */
export function useColumns(): Columns {
  const [columns, setColumns] = useState<readonly string[]>(() => {
    const kept = localStorage
      .getItem(KEY)
      ?.split(' ')
      .filter((name) => CHOICES.includes(name));
    return kept === undefined || kept.length === 0 ? DEFAULT : kept;
  });
  return {
    columns,
    set(next) {
      localStorage.setItem(KEY, next.join(' '));
      setColumns(next);
    },
  };
}

export function ColumnChooser({ state }: { readonly state: Columns }) {
  return (
    <Popover label={<Icon name="columns" />} name="Columns" className="button icon">
      {() => (
        <fieldset className="column-list">
          <legend className="menu-title">Columns</legend>
          {CHOICES.map((name) => (
            <label key={name} className="menu-item">
              <input
                type="checkbox"
                checked={state.columns.includes(name)}
                onChange={(event) =>
                  state.set(event.target.checked ? [...state.columns, name] : state.columns.filter((one) => one !== name))
                }
              />
              {titleOf(name)}
            </label>
          ))}
          <button type="button" className="button small" onClick={() => state.set(DEFAULT)}>
            Reset
          </button>
        </fieldset>
      )}
    </Popover>
  );
}
