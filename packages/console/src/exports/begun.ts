import { useEffect, useState } from 'react';
import { askJson } from '../api.ts';

const listeners = new Set<() => void>();

/** There is something for the tray now. */
export function tellBegun(): void {
  for (const listener of listeners) listener();
}

/** Whether a person has exports; asked once, so that the tray is loaded by those only who have something in it. */
export function useAnyExport(person: string | undefined): boolean {
  const [owner, setOwner] = useState<string | undefined>();
  useEffect(() => {
    if (person === undefined) return undefined;
    const begun = () => setOwner(person);
    const ending = new AbortController();
    listeners.add(begun);
    askJson<{ readonly exports: readonly unknown[] }>('/v1/exports', { signal: ending.signal }).then(
      ({ exports }) => (exports.length > 0 ? begun() : undefined),
      // Who may not read has none, and a server that does not answer is told of elsewhere.
      () => undefined,
    );
    return () => {
      listeners.delete(begun);
      ending.abort();
    };
  }, [person]);
  return person !== undefined && owner === person;
}
