import { useMemo } from 'react';
import { whole } from '../numbers.ts';
import type { Bucket } from '../parts/histogram.tsx';
import { useTimes } from '../preferences.tsx';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const STEPS = 5;
const HOUR_S = 3600;

/** Hour × weekday. Counts are summed here, in the zone that is shown, from those by the hour. */
export function HeatMap({ buckets, widthS }: { readonly buckets: readonly Bucket[]; readonly widthS: number }) {
  const times = useTimes();
  const counts = useMemo(() => {
    const sums = DAYS.map(() => HOURS.map(() => 0));
    for (const [at, ...outcomes] of buckets) {
      const { day, hour } = times.hourOfWeek(at * 1000);
      const row = sums[day];
      if (row !== undefined) row[hour] = (row[hour] ?? 0) + outcomes.reduce((a, b) => a + b, 0);
    }
    return sums;
  }, [buckets, times]);
  if (widthS > HOUR_S) return <p className="quiet none">A range of at most a month is counted by the hour.</p>;
  const most = Math.max(1, ...counts.flat());
  return (
    <div className="heat-scroll" tabIndex={0} role="region" aria-label="Events by hour of the week">
      <table className="heat">
        <thead>
          <tr>
            <td />
            {HOURS.map((hour) => (
              <th key={hour} scope="col">
                {hour % 3 === 0 ? String(hour).padStart(2, '0') : <span className="visually-hidden">{hour}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {DAYS.map((name, day) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {HOURS.map((hour) => {
                const n = counts[day]?.[hour] ?? 0;
                return (
                  <td
                    key={hour}
                    className={`heat-${n === 0 ? 0 : Math.max(1, Math.ceil((n / most) * STEPS))}`}
                    title={`${name} ${hour}:00–${hour + 1}:00: ${whole(n)} events`}
                  >
                    <span className="visually-hidden">{whole(n)}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
