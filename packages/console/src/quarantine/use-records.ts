import { useEffect, useState } from 'react';
import { askJson } from '../api.ts';
import { pathOf } from '../location.ts';
import { useQuery } from '../use-query.ts';
import type { Record } from './answer.ts';
import type { Choice } from './groups.tsx';

interface Page {
  readonly records: readonly Record[];
  readonly next: string | null;
}

const PAGE = '30';

/** The records of a choice, page behind page. */
export function useRecords(choice: Choice, settled: boolean) {
  const base = { ...choice, settled: settled ? 'true' : undefined, limit: PAGE };
  const key = JSON.stringify(base);
  const [before, setBefore] = useState<string | undefined>();
  const [earlier, setEarlier] = useState<readonly Record[]>([]);
  useEffect(() => {
    setBefore(undefined);
    setEarlier([]);
  }, [key]);
  const { data, error, loading, reload } = useQuery(`${key} ${before ?? ''}`, (signal) =>
    askJson<Page>(pathOf('/v1/quarantine', { ...base, before }), { signal }),
  );
  return {
    page: data === undefined ? undefined : { records: [...earlier, ...data.records], next: data.next },
    error,
    loading,
    more: () => {
      if (data?.next === null || data === undefined) return;
      setEarlier([...earlier, ...data.records]);
      setBefore(data.next);
    },
    reload: () => {
      setEarlier([]);
      setBefore(undefined);
      reload();
    },
  };
}
