import type { Sent } from './history/send.ts';

export interface Bar {
  readonly set: (sent: Sent & { readonly at: string }) => void;
  end(): void;
}

const REDRAW_MS = 100;
const CELLS = 30;

/** How far the telling is, by the time that it tells of. Silent where there is no terminal. */
export function openBar(
  terminal: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>,
  { from, end }: { readonly from: number; readonly end: number },
): Bar {
  if (!terminal.isTTY) return { set: () => undefined, end: () => undefined };
  const began = performance.now();
  let drawn = 0;
  return {
    set({ events, at }) {
      const now = performance.now();
      if (now - drawn < REDRAW_MS) return;
      drawn = now;
      const share = Math.min(1, Math.max(0, (Date.parse(at) - from) / (end - from)));
      const cells = Math.round(share * CELLS);
      const rate = Math.round((events / (now - began)) * 1000).toLocaleString('en-US');
      const bar = `[${'#'.repeat(cells)}${'.'.repeat(CELLS - cells)}]`;
      terminal.write(
        `\r${at.slice(0, 10)} ${bar} ${String(Math.floor(share * 100)).padStart(3)}%  ${events.toLocaleString('en-US')} events  ${rate}/s\u001B[K`,
      );
    },
    end: () => void terminal.write('\r\u001B[K'),
  };
}
