import { textOf } from '../event.ts';

interface Change {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Before and after, field by field. Sources write `{field: {before, after}}`, `{before: {…}, after: {…}}`, `[{field, old, new}]` or whatever else; that is shown as it is. */
export function Changes({ value }: { readonly value: unknown }) {
  const changes = changesOf(value);
  return (
    <section className="fields">
      <h3>Changes</h3>
      <table className="changes">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ field, before, after }) => (
            <tr key={field}>
              <th scope="row" className="untrusted">
                {textOf(field)}
              </th>
              <td className="untrusted">{before === undefined ? <span className="quiet">–</span> : <del>{textOf(before)}</del>}</td>
              <td className="untrusted">{after === undefined ? <span className="quiet">–</span> : <ins>{textOf(after)}</ins>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function changesOf(value: unknown): Change[] {
  if (Array.isArray(value)) {
    return value.flatMap((one, i) =>
      isRecord(one)
        ? [changeOf(textOf(one['field'] ?? one['name'] ?? one['path'] ?? i), one)]
        : [{ field: String(i), before: undefined, after: one }],
    );
  }
  if (!isRecord(value)) return [{ field: '', before: undefined, after: value }];
  const { before, after, old, new: fresh } = value;
  const from = before ?? old;
  const to = after ?? fresh;
  if (isRecord(from) || isRecord(to)) {
    const [was, is] = [isRecord(from) ? from : {}, isRecord(to) ? to : {}];
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return names.filter((name) => textOf(was[name]) !== textOf(is[name])).map((field) => ({ field, before: was[field], after: is[field] }));
  }
  return Object.entries(value).map(([field, one]) =>
    isRecord(one)
      ? changeOf(field, one)
      : Array.isArray(one) && one.length === 2
        ? { field, before: one[0], after: one[1] }
        : { field, before: undefined, after: one },
  );
}

function changeOf(field: string, one: Readonly<Record<string, unknown>>): Change {
  const before = one['before'] ?? one['old'] ?? one['from'];
  const after = one['after'] ?? one['new'] ?? one['to'];
  return before === undefined && after === undefined ? { field, before: undefined, after: one } : { field, before, after };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
