import { useTimes } from '../preferences.tsx';

/** A time of an administration's table; a dash for none. */
export function When({ time }: { readonly time: string | null | undefined }) {
  const times = useTimes();
  if (time === null || time === undefined || time === '') return <span className="quiet">–</span>;
  return (
    <span className="tabular nowrap" title={`${times.whole(Date.parse(time))} ${times.name}`}>
      {times.moment(Date.parse(time))}
    </span>
  );
}
