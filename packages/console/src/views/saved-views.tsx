import { type FormEvent, useState } from 'react';
import { askJson } from '../api.ts';
import { textOf } from '../event.ts';
import { navigate, pathOf } from '../location.ts';
import { formText } from '../parts/form-text.ts';
import { Icon } from '../parts/icons.tsx';
import { Popover } from '../parts/popover.tsx';
import { ProgressLine } from '../parts/states.tsx';
import { useSession } from '../session/session.tsx';
import { useChange } from '../settings/change.ts';
import { Refusal } from '../settings/refusal.tsx';
import { useQuery } from '../use-query.ts';

interface View {
  readonly id: string;
  readonly name: string;
  readonly page: 'search' | 'sql';
  readonly text: string;
  readonly range: string;
  readonly columns: readonly string[];
  readonly shared: boolean;
  readonly owner: string;
  readonly mine: boolean;
}

/** What is on screen and can be kept. */
export type Present = Pick<View, 'page' | 'text' | 'range' | 'columns'>;

interface ViewsProps {
  readonly present: Present;
  readonly onColumns?: (columns: readonly string[]) => void;
}

/** Questions with a name: one's own, and those that others share. They stand on the server, so that they are there in every browser. */
export function SavedViews(props: ViewsProps) {
  return (
    <Popover label="Views" name="Saved views" align={props.present.page === 'sql' ? 'left' : 'right'}>
      {(close) => <Opened {...props} close={close} />}
    </Popover>
  );
}

function Opened({ present, onColumns, close }: ViewsProps & { readonly close: () => void }) {
  const { data, error, loading, reload } = useQuery('views', (signal) => askJson<{ views: readonly View[] }>('/v1/views', { signal }));
  const change = useChange();
  const views = (data?.views ?? []).filter(({ page }) => page === present.page);
  const open = ({ page, text, range, columns }: View) => {
    close();
    if (columns.length > 0) onColumns?.(columns);
    navigate(page === 'sql' ? pathOf('/query', { sql: text }) : pathOf('/search', { q: text, range: range === '' ? undefined : range }));
  };
  const remove = (id: string) =>
    change.run(async () => {
      await askJson(`/v1/views/${id}`, { method: 'DELETE' });
      reload();
    });
  return (
    <div className="views">
      <ProgressLine on={loading || change.busy} />
      <ul>
        {views.map((view) => (
          <li key={view.id}>
            <button type="button" className="menu-item untrusted" title={textOf(view.text)} onClick={() => open(view)}>
              <span className="clip">{textOf(view.name)}</span>
              <span className="quiet">{view.mine ? (view.shared ? 'shared' : '') : textOf(view.owner)}</span>
            </button>
            {view.mine ? (
              <button type="button" className="button plain small icon" aria-label={`Remove ${view.name}`} onClick={() => remove(view.id)}>
                <Icon name="close" />
              </button>
            ) : undefined}
          </li>
        ))}
      </ul>
      {data !== undefined && views.length === 0 ? <p className="menu-title">Nothing is saved yet.</p> : undefined}
      <Refusal error={error ?? change.error} />
      <SaveForm present={present} onSaved={reload} />
    </div>
  );
}

function SaveForm({ present, onSaved }: { readonly present: Present; readonly onSaved: () => void }) {
  const { person } = useSession();
  const { busy, error, run } = useChange();
  const [name, setName] = useState('');
  const scoped = person?.scope !== null && person?.scope !== undefined;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = { ...present, name: formText(form, 'name'), shared: form.get('shared') === 'on' };
    run(async () => {
      await askJson('/v1/views', { method: 'POST', body });
      setName('');
      onSaved();
    });
  };
  return (
    <form onSubmit={submit} className="views-form">
      <label className="field">
        <span>Keep what is on screen as</span>
        <input
          className="input"
          name="name"
          required
          maxLength={80}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      {scoped ? undefined : (
        <label className="check">
          <input type="checkbox" name="shared" /> Others may use it
        </label>
      )}
      <Refusal error={error} />
      <button type="submit" className="button small" disabled={busy}>
        Save the view
      </button>
    </form>
  );
}
