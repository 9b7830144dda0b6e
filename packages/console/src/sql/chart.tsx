import { useRef } from 'react';
import { textOf } from '../event.ts';
import { short } from '../numbers.ts';
import { useWidth } from '../parts/histogram.tsx';
import { type Answer, isNumeric } from './run-sql.ts';

const BARS_MAX = 200;
const ROW_PX = 24;
const LABEL_PX = 190;

/** A label and a number make bars; everything else is for the table. */
export function chartable({ columns, rows }: Answer): { readonly label: number; readonly value: number } | undefined {
  const value = columns.findIndex(({ type }) => isNumeric(type));
  const label = columns.findIndex(({ type }, i) => i !== value && !isNumeric(type));
  return value < 0 || label < 0 || rows.length < 2 || rows.length > BARS_MAX ? undefined : { label, value };
}

export function Chart({ answer }: { readonly answer: Answer }) {
  const ref = useRef<HTMLDivElement>(null);
  const width = useWidth(ref) - 40;
  const axes = chartable(answer);
  if (axes === undefined) return undefined;
  const bars = answer.rows.map((row) => ({ label: textOf(row[axes.label]), value: Number(row[axes.value]) }));
  const most = Math.max(...bars.map(({ value }) => value), 1);
  return (
    <div
      ref={ref}
      className="chart"
      role="img"
      aria-label={`${answer.columns[axes.value]?.name ?? ''} by ${answer.columns[axes.label]?.name ?? ''}`}
    >
      <svg width={width} height={bars.length * ROW_PX}>
        {bars.map(({ label, value }, i) => {
          const length = Math.max(1, (Math.max(0, value) / most) * (width - LABEL_PX - 70));
          return (
            // oxlint-disable-next-line no-array-index-key
            <g key={i} transform={`translate(0 ${i * ROW_PX})`}>
              <text x={LABEL_PX - 10} y={16} textAnchor="end">
                {label.length > 28 ? `${label.slice(0, 27)}…` : label}
              </text>
              <rect x={LABEL_PX} y={4} width={length} height={ROW_PX - 8} rx={2} />
              <text x={LABEL_PX + length + 8} y={16}>
                {short(value)}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
