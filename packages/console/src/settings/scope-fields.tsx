import { FIELDS } from '@daybook/protocol';
import { formText } from '../parts/form-text.ts';

type Scope = Readonly<Record<string, readonly string[]>>;

/** By what a scope chooses rows; the server takes no others. */
const CHOOSE_BY = [
  { field: 'source', title: 'Sources' },
  { field: 'tenant_id', title: 'Tenants' },
  { field: 'resource_type', title: 'Resource types' },
  { field: 'environment', title: 'Environments' },
  { field: 'host', title: 'Hosts' },
] as const;

interface ScopeFieldsProps {
  readonly scope: Scope | null;
  readonly masks: readonly string[];
}

/** Rows and fields that somebody sees, as inputs of a form; `scopeIn` and `masksIn` read them. */
export function ScopeFields({ scope, masks }: ScopeFieldsProps) {
  return (
    <>
      <fieldset className="group">
        <legend>Sees only</legend>
        <div className="form-grid">
          {CHOOSE_BY.map(({ field, title }) => (
            <label key={field} className="field">
              <span>{title}</span>
              <input
                className="input"
                name={`scope.${field}`}
                placeholder="all"
                autoComplete="off"
                defaultValue={scope?.[field]?.join(', ') ?? ''}
              />
            </label>
          ))}
        </div>
        <p className="hint">Several values with commas between them. Where several fields are given, all of them must match.</p>
      </fieldset>
      <label className="field">
        <span>Never sees these fields</span>
        <input
          className="input"
          name="masks"
          list="maskable"
          placeholder="query_text, changes"
          autoComplete="off"
          defaultValue={masks.join(', ')}
        />
        <datalist id="maskable">
          {FIELDS.map(({ name }) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </label>
    </>
  );
}

/** The scope that a form says; null: everything. */
export function scopeIn(form: FormData): Scope | null {
  const given = CHOOSE_BY.map(({ field }) => [field, valuesIn(formText(form, `scope.${field}`))] as const).filter(
    ([, values]) => values.length > 0,
  );
  return given.length === 0 ? null : Object.fromEntries(given);
}

export function masksIn(form: FormData): string[] {
  return valuesIn(formText(form, 'masks')).flatMap((part) => part.split(/\s+/));
}

/** Names of sources and tenants may have blanks in them; commas part them. */
function valuesIn(text: string): string[] {
  return text
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}
