import type { FormEvent } from 'react';
import { askJson } from '../api.ts';
import { Dialog, DoneFoot, FormFoot } from '../parts/dialog.tsx';
import { formText } from '../parts/form-text.ts';
import { useChange } from './change.ts';
import { Refusal } from './refusal.tsx';
import { RoleChoices } from './role-choices.tsx';
import { masksIn, ScopeFields, scopeIn } from './scope-fields.tsx';
import { Secret } from './secret.tsx';

export interface Invitation {
  readonly name: string;
  readonly link: string;
}

export function Invite({
  onClose,
  onInvitation,
}: {
  readonly onClose: () => void;
  readonly onInvitation: (invitation: Invitation) => void;
}) {
  const { busy, error, run } = useChange();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (field: string) => formText(form, field);
    const scope = scopeIn(form);
    const body = {
      name: text('name'),
      roles: form.getAll('role').map(String),
      masks: masksIn(form),
      ...(text('email') === '' ? {} : { email: text('email') }),
      ...(scope === null ? {} : { scope }),
      ...(text('until') === '' ? {} : { expires_at: `${text('until')}T00:00:00Z` }),
    };
    run(async () => {
      const { invitation } = await askJson<{ invitation: { link: string } }>('/v1/users', { method: 'POST', body });
      onInvitation({ name: body.name, link: invitation.link });
    });
  };
  return (
    <Dialog title="Invite somebody" onClose={onClose} className="wide">
      <form onSubmit={submit}>
        <div className="dialog-body">
          <div className="form-grid">
            <label className="field">
              <span>Name</span>
              <input className="input" name="name" required maxLength={64} autoComplete="off" />
            </label>
            <label className="field">
              <span>E-mail address, if wanted</span>
              <input className="input" name="email" type="email" autoComplete="off" />
            </label>
            <label className="field">
              <span>Until, if not for good (UTC)</span>
              <input className="input" name="until" type="date" />
            </label>
          </div>
          <RoleChoices chosen={['auditor']} />
          <ScopeFields scope={null} masks={[]} />
          <p className="hint">An analyst or viewer sees nothing until “Sees only” says what.</p>
          <Refusal error={error} />
        </div>
        <FormFoot busy={busy} onClose={onClose}>
          Make the invitation
        </FormFoot>
      </form>
    </Dialog>
  );
}

export function InvitationDialog({
  invitation: { name, link },
  onClose,
}: {
  readonly invitation: Invitation;
  readonly onClose: () => void;
}) {
  return (
    <Dialog title={`One-time link for ${name}`} onClose={onClose}>
      <div className="dialog-body">
        <Secret value={link} says="Hand it over on a way that you trust. It opens once, for three days, and is shown here only." />
      </div>
      <DoneFoot onClose={onClose} />
    </Dialog>
  );
}
