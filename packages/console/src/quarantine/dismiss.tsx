import type { FormEvent } from 'react';
import { askJson } from '../api.ts';
import { Dialog, FormFoot } from '../parts/dialog.tsx';
import { formText } from '../parts/form-text.ts';
import { useChange } from '../settings/change.ts';
import { Refusal } from '../settings/refusal.tsx';

/** Nobody dismisses without saying why. */
export function Dismiss({ ids, onClose }: { readonly ids: readonly string[]; readonly onClose: (done: boolean) => void }) {
  const { busy, error, run } = useChange();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const reason = formText(new FormData(event.currentTarget), 'reason');
    run(async () => {
      await askJson('/v1/quarantine/dismiss', { method: 'POST', body: { ids, reason } });
      onClose(true);
    });
  };
  return (
    <Dialog title="Dismiss" onClose={() => onClose(false)}>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <label className="field">
            <span>Why it is worth nothing</span>
            <input className="input" name="reason" required maxLength={500} autoComplete="off" placeholder="a test of the new log format" />
            <span className="hint">It stays on disk. Who dismissed it, and why, is on record.</span>
          </label>
          <Refusal error={error} />
        </div>
        <FormFoot busy={busy} onClose={() => onClose(false)}>
          Dismiss
        </FormFoot>
      </form>
    </Dialog>
  );
}
