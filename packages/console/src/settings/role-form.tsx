import type { FormEvent } from 'react';
import { askJson } from '../api.ts';
import { Dialog, FormFoot } from '../parts/dialog.tsx';
import { formText } from '../parts/form-text.ts';
import { useChange } from './change.ts';
import { Refusal } from './refusal.tsx';
import { masksIn, ScopeFields, scopeIn } from './scope-fields.tsx';

export interface Role {
  /** null: built in. */
  readonly id: string | null;
  readonly name: string;
  readonly permissions: readonly string[];
  readonly scope: Readonly<Record<string, readonly string[]>> | null;
  readonly masks: readonly string[];
}

/** What a role of one's own may have; rights over access itself stay with `admin`. */
const GIVEN = ['events:read', 'entries:read', 'alerts:handle', 'access:read'];

interface RoleFormProps {
  /** Undefined: a new one. */
  readonly role: Role | undefined;
  /** What each permission means. */
  readonly permissions: Readonly<Record<string, string>>;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

/** Which permissions, which rows, which fields. */
export function RoleForm({ role, permissions, onClose, onSaved }: RoleFormProps) {
  const { busy, error, run } = useChange();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = { permissions: form.getAll('permission').map(String), scope: scopeIn(form), masks: masksIn(form) };
    run(async () => {
      if (role === undefined) await askJson('/v1/roles', { method: 'POST', body: { name: formText(form, 'name'), ...body } });
      else await askJson(`/v1/roles/${role.id}`, { method: 'PATCH', body });
      onSaved();
    });
  };
  return (
    <Dialog title={role === undefined ? 'New role' : `Role ${role.name}`} onClose={onClose} className="wide">
      <form onSubmit={submit}>
        <div className="dialog-body">
          {role === undefined ? (
            <label className="field">
              <span>Name</span>
              <input className="input" name="name" required pattern="[a-z][a-z0-9_\-]*" maxLength={32} autoComplete="off" />
              <span className="hint">Small letters, digits, _ and -.</span>
            </label>
          ) : (
            <p className="quiet">What you change holds from the next request of everybody who has the role.</p>
          )}
          <fieldset className="choices">
            <legend>May</legend>
            {GIVEN.map((name) => (
              <label key={name}>
                <input
                  type="checkbox"
                  name="permission"
                  value={name}
                  defaultChecked={role?.permissions.includes(name) ?? name === 'events:read'}
                />
                <span>
                  <strong>{name}</strong>
                  <span className="quiet">{permissions[name]?.replaceAll('`', '')}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <ScopeFields scope={role?.scope ?? null} masks={role?.masks ?? []} />
          <Refusal error={error} />
        </div>
        <FormFoot busy={busy} onClose={onClose}>
          {role === undefined ? 'Make the role' : 'Save'}
        </FormFoot>
      </form>
    </Dialog>
  );
}
