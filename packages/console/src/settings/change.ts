import { useState } from 'react';
import type { ApiError } from '../api.ts';
import { asApiError } from '../use-query.ts';

/** A change on its way: one at a time, and what the server says when it refuses. */
export function useChange(): {
  readonly busy: boolean;
  readonly error: ApiError | undefined;
  readonly run: (work: () => Promise<void>) => void;
} {
  const [state, setState] = useState<{ readonly busy: boolean; readonly error?: ApiError }>({ busy: false });
  return {
    busy: state.busy,
    error: state.error,
    run(work) {
      setState({ busy: true });
      work().then(
        () => setState({ busy: false }),
        (error: unknown) => setState({ busy: false, error: asApiError(error) }),
      );
    },
  };
}

/** Words separated by commas or blanks; null when there is none. */
export function listOf(text: string): string[] | null {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  return words.length === 0 ? null : words;
}
