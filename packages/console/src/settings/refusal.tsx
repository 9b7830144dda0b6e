import type { ApiError } from '../api.ts';
import { Note } from '../parts/states.tsx';

export function Refusal({ error }: { readonly error: ApiError | undefined }) {
  if (error === undefined) return undefined;
  return (
    <div role="alert">
      <Note tone="bad" icon="warning">
        {error.message} {error.advice}
      </Note>
    </div>
  );
}
