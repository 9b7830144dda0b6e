import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useRef, useState } from 'react';
import { whole } from '../numbers.ts';
import { useTimes } from '../preferences.tsx';
import type { Span } from '../time.ts';

/** Second since 1970; events of success, failure, denied, unknown. */
export type Bucket = readonly [number, number, number, number, number];

export const OUTCOME_NAMES = ['success', 'failure', 'denied', 'unknown'] as const;
/** Above the tallest bar, for the words that say how tall it is. */
const HEAD_PX = 16;
/** From the bottom up: what people look for lies on top of what is usual. */
const STACK = [0, 3, 1, 2] as const;

interface HistogramProps {
  readonly buckets: readonly Bucket[];
  readonly widthS: number;
  readonly span: Span;
  readonly height?: number;
  readonly label: string;
  readonly onBrush: (span: Span) => void;
}

/** Events over time by outcome. Drag over it, or use the arrow keys with Shift and then Enter, to see a part. */
export function Histogram({ buckets, widthS, span, height = 106, label, onBrush }: HistogramProps) {
  const ref = useRef<HTMLDivElement>(null);
  const width = useWidth(ref);
  const times = useTimes();
  const [brush, setBrush] = useState<readonly [number, number] | undefined>();
  const [hover, setHover] = useState<number | undefined>();
  const count = Math.max(1, Math.ceil((span.toMs / 1000 - firstOf(span, widthS)) / widthS));
  const first = firstOf(span, widthS);
  const bars = barsOf(buckets, first, widthS, count);
  const most = Math.max(1, ...bars.map((bar) => bar.reduce((sum, n) => sum + n, 0)));
  const plot = height - 18;
  const step = width / count;
  const indexAt = (x: number) => Math.max(0, Math.min(count - 1, Math.floor(x / step)));
  const spanOfBars = (a: number, b: number): Span => ({
    fromMs: Math.max(span.fromMs, (first + Math.min(a, b) * widthS) * 1000),
    toMs: Math.min(span.toMs, (first + (Math.max(a, b) + 1) * widthS) * 1000),
  });
  const at = (event: PointerEvent) => indexAt(event.clientX - (ref.current?.getBoundingClientRect().left ?? 0));
  const finish = () => {
    if (brush !== undefined) onBrush(spanOfBars(...brush));
    setBrush(undefined);
  };
  const keys = (event: KeyboardEvent) => {
    const move = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (move !== 0) {
      event.preventDefault();
      const [anchor, head] = brush ?? [hover ?? 0, hover ?? 0];
      const next = Math.max(0, Math.min(count - 1, (hover === undefined && brush === undefined ? -move : head) + move));
      setHover(next);
      setBrush([event.shiftKey ? anchor : next, next]);
    } else if (event.key === 'Enter') finish();
    else if (event.key === 'Escape') setBrush(undefined);
  };
  const shown = brush === undefined ? hover : brush[1];
  return (
    <div
      ref={ref}
      className="histogram"
      role="slider"
      tabIndex={0}
      aria-label={`${label}. Arrow keys choose a time, Shift extends, Enter zooms.`}
      aria-valuemin={0}
      aria-valuemax={count - 1}
      aria-valuenow={shown ?? 0}
      aria-valuetext={
        shown === undefined ? 'Nothing chosen' : `${times.moment((first + shown * widthS) * 1000)}: ${whole(sum(bars[shown]))} events`
      }
      style={{ height }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setBrush([at(event), at(event)]);
      }}
      onPointerMove={(event) => {
        setHover(at(event));
        if (brush !== undefined && event.buttons > 0) setBrush([brush[0], at(event)]);
      }}
      onPointerUp={finish}
      onPointerLeave={() => setHover(undefined)}
      onBlur={() => setBrush(undefined)}
      onKeyDown={keys}
    >
      <svg width={width} height={height} aria-hidden="true">
        {brush === undefined ? undefined : (
          <rect className="brush" x={Math.min(...brush) * step} width={(Math.abs(brush[1] - brush[0]) + 1) * step} height={plot} />
        )}
        {brush === undefined && hover !== undefined ? <rect className="hover" x={hover * step} width={step} height={plot} /> : undefined}
        {bars.map((bar, i) => (
          <Bar key={first + i * widthS} bar={bar} x={i * step} width={step} plot={plot} most={most} />
        ))}
        {bars.every((bar) => sum(bar) === 0) ? undefined : (
          <text x={width} y={9} textAnchor="end">
            at most {whole(most)} in {spanWords(widthS)}
          </text>
        )}
        <line x1={0} x2={width} y1={plot + 0.5} y2={plot + 0.5} className="axis" />
        {ticksOf(count, width).map((i) => (
          <text key={i} x={i * step} y={height - 3} textAnchor={i === 0 ? 'start' : 'middle'}>
            {times.tick((first + i * widthS) * 1000, span.toMs - span.fromMs)}
          </text>
        ))}
      </svg>
      {shown === undefined ? undefined : (
        <Tip
          bar={bars[shown] ?? [0, 0, 0, 0]}
          x={(shown + 0.5) * step}
          width={width}
          title={tipTitle(times.moment((first + shown * widthS) * 1000), brush, widthS)}
        />
      )}
    </div>
  );
}

function tipTitle(moment: string, brush: readonly [number, number] | undefined, widthS: number): string {
  const chosen = brush === undefined ? 1 : Math.abs(brush[1] - brush[0]) + 1;
  return chosen > 1 ? `${moment} (${spanWords(chosen * widthS)})` : `${moment} + ${spanWords(widthS)}`;
}

function spanWords(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 360) / 10} h` : `${Math.round(seconds / 86_400)} days`;
}

function Bar({
  bar,
  x,
  width,
  plot,
  most,
}: {
  readonly bar: readonly number[];
  readonly x: number;
  readonly width: number;
  readonly plot: number;
  readonly most: number;
}) {
  const gap = width > 5 ? 1 : 0;
  let y = plot;
  return STACK.map((outcome) => {
    const n = bar[outcome] ?? 0;
    if (n === 0) return undefined;
    // What happened at least once is seen: one denied among a million is what somebody looks for.
    const h = Math.max(1.5, (n / most) * (plot - HEAD_PX));
    y -= h;
    return (
      <rect key={outcome} className={`fill-${OUTCOME_NAMES[outcome]}`} x={x + gap / 2} y={y} width={Math.max(1, width - gap)} height={h} />
    );
  });
}

function Tip({
  bar,
  x,
  width,
  title,
}: {
  readonly bar: readonly number[];
  readonly x: number;
  readonly width: number;
  readonly title: string;
}) {
  return (
    <div className="tip" style={{ left: Math.max(0, Math.min(width - 190, x - 95)) }}>
      <div className="tabular">{title}</div>
      {OUTCOME_NAMES.map((name, i) => {
        const n = bar[i] ?? 0;
        return n === 0 ? undefined : (
          <div key={name} className="tip-row">
            <span className={`outcome ${name}`}>{name}</span>
            <span className="num">{whole(n)}</span>
          </div>
        );
      })}
      {sum(bar) === 0 ? <div className="quiet">No events</div> : undefined}
    </div>
  );
}

function firstOf(span: Span, widthS: number): number {
  return Math.floor(span.fromMs / 1000 / widthS) * widthS;
}

function barsOf(buckets: readonly Bucket[], first: number, widthS: number, count: number): number[][] {
  const bars = Array.from({ length: count }, () => [0, 0, 0, 0]);
  for (const [at, ...counts] of buckets) {
    const bar = bars[Math.floor((at - first) / widthS)];
    if (bar !== undefined) counts.forEach((n, i) => (bar[i] = (bar[i] ?? 0) + n));
  }
  return bars;
}

function sum(bar: readonly number[] | undefined): number {
  return (bar ?? []).reduce((total, n) => total + n, 0);
}

const TICK_PX = 92;

function ticksOf(count: number, width: number): number[] {
  const ticks = Math.max(1, Math.floor(width / TICK_PX));
  const every = Math.max(1, Math.ceil(count / ticks));
  const all = Array.from({ length: Math.ceil(count / every) }, (_, i) => i * every);
  // The last one would stand half outside.
  return all.filter((i) => i === 0 || (i * width) / count < width - 28);
}

export function useWidth(ref: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(600);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}
