import { useLayoutEffect, useState } from 'react';

/** Of `--row` in tokens.css. */
export const ROW_PX = 32;
/** Rows beyond the edges, so that a quick scroll shows no gap. */
const OVERSCAN = 12;

interface Window {
  readonly first: number;
  readonly last: number;
  readonly totalPx: number;
}

/** Which of many rows of one height are in sight: a million rows cost as much as thirty. */
export function useVirtualRows(scroller: { readonly current: HTMLElement | null }, count: number): Window {
  const [seen, setSeen] = useState({ top: 0, height: 800 });
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null) return undefined;
    const look = () => setSeen({ top: box.scrollTop, height: box.clientHeight });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(box);
    box.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', look);
    };
  }, [scroller, count === 0]);
  const first = Math.max(0, Math.min(count, Math.floor(seen.top / ROW_PX) - OVERSCAN));
  const last = Math.min(count, Math.ceil((seen.top + seen.height) / ROW_PX) + OVERSCAN);
  return { first, last, totalPx: count * ROW_PX };
}
