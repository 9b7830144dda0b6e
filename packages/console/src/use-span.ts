import { useMemo, useState } from 'react';
import { setParams, useLocation } from './location.ts';
import { DEFAULT_RANGE, isoOf, nowMs, rangeOf, type Span, spanOf } from './time.ts';

export interface SpanState {
  readonly range: string;
  readonly span: Span;
  /** As the API takes them. */
  readonly from: string;
  readonly to: string;
  /** A range that ends now ends at the present moment again. */
  readonly refresh: () => void;
  readonly choose: (range: string | Span) => void;
}

/** The span of time that the address names. It stands still until somebody asks for the newest. */
export function useSpan(): SpanState {
  const range = useLocation().params.get('range') ?? DEFAULT_RANGE;
  const [turn, setTurn] = useState(0);
  const span = useMemo(() => spanOf(range, nowMs()), [range, turn]);
  return {
    range,
    span,
    from: isoOf(span.fromMs),
    to: isoOf(span.toMs),
    refresh: () => setTurn(turn + 1),
    choose: (next) => setParams({ range: typeof next === 'string' ? next : rangeOf(next) }),
  };
}
