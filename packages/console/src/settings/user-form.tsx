import type { FormEvent } from 'react';
import { askJson } from '../api.ts';
import { Dialog, FormFoot } from '../parts/dialog.tsx';
import { formText } from '../parts/form-text.ts';
import { useChange } from './change.ts';
import { Refusal } from './refusal.tsx';
import { RoleChoices } from './role-choices.tsx';
import { masksIn, ScopeFields, scopeIn } from './scope-fields.tsx';

export interface Editable {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly scope: Readonly<Record<string, readonly string[]>> | null;
  readonly masks: readonly string[];
  readonly expires_at: string | null;
}

const DATE_CHARS = 10;

/** What somebody may and sees, changed. Their sessions end, so that it holds at once. */
export function UserForm({
  user,
  onClose,
  onSaved,
}: {
  readonly user: Editable;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}) {
  const { busy, error, run } = useChange();
  const until = user.expires_at?.slice(0, DATE_CHARS) ?? '';
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const day = formText(form, 'until');
    const body = {
      roles: form.getAll('role').map(String),
      scope: scopeIn(form),
      masks: masksIn(form),
      // A time of day that was set elsewhere stays as long as the day does.
      ...(day === until ? {} : { expires_at: day === '' ? null : `${day}T00:00:00Z` }),
    };
    run(async () => {
      await askJson(`/v1/users/${user.id}`, { method: 'PATCH', body });
      onSaved();
    });
  };
  return (
    <Dialog title={`What ${user.name} may see`} onClose={onClose} className="wide">
      <form onSubmit={submit}>
        <div className="dialog-body">
          <RoleChoices chosen={user.roles} />
          <ScopeFields scope={user.scope} masks={user.masks} />
          <label className="field">
            <span>Until, if not for good (UTC)</span>
            <input className="input" name="until" type="date" defaultValue={until} />
          </label>
          <p className="hint">An analyst or viewer sees nothing until “Sees only” says what.</p>
          <Refusal error={error} />
        </div>
        <FormFoot busy={busy} onClose={onClose}>
          Save
        </FormFoot>
      </form>
    </Dialog>
  );
}
