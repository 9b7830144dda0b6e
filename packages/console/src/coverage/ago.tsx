import { useTimes } from '../preferences.tsx';
import { lengthOf } from '../time.ts';

/** How long ago, and when exactly for who asks. */
export function Ago({ time, atMs }: { readonly time: string | null; readonly atMs: number }) {
  const times = useTimes();
  if (time === null) return <span>never</span>;
  const ms = Date.parse(time);
  return (
    <span className="tabular nowrap" title={`${times.whole(ms)} ${times.name}`}>
      {agoText(atMs - ms)}
    </span>
  );
}

export function agoText(ms: number): string {
  return ms < 1000 ? 'just now' : `${lengthOf(ms)} ago`;
}
