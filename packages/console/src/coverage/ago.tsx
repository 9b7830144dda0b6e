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

const JUST_NOW_MS = 10_000;

export function agoText(ms: number): string {
  return ms < JUST_NOW_MS ? 'just now' : `${lengthOf(ms)} ago`;
}
