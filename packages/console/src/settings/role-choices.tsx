import { askJson } from '../api.ts';
import { useQuery } from '../use-query.ts';

const BUILT_IN = ['admin', 'auditor', 'analyst', 'viewer'];

/** Roles of a person, several of which add up; inputs named `role`. Producers are programs. */
export function RoleChoices({ chosen }: { readonly chosen: readonly string[] }) {
  const { data } = useQuery('roles', (signal) => askJson<{ roles: readonly { name: string }[] }>('/v1/roles', { signal }));
  const names = data?.roles.map(({ name }) => name).filter((name) => name !== 'producer') ?? BUILT_IN;
  return (
    <fieldset className="group">
      <legend>Roles</legend>
      <div className="checks">
        {[...new Set([...names, ...chosen])].map((name) => (
          <label key={name} className="check untrusted">
            <input type="checkbox" name="role" value={name} defaultChecked={chosen.includes(name)} /> {name}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
