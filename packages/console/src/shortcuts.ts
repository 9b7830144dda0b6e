import { useEffect, useRef } from 'react';
import { navigate, pathOf } from './location.ts';
import { ALL_PAGES, SHARED_PARAMS } from './pages.ts';

/** So long after `g` the next key still means a page. */
const CHORD_MS = 1200;

interface Openers {
  readonly palette: () => void;
  readonly help: () => void;
}

export function pageAddress(path: string): string {
  const params = new URLSearchParams(window.location.search);
  return pathOf(path, Object.fromEntries(SHARED_PARAMS.map((name) => [name, params.get(name) ?? undefined])));
}

/** Keys of the whole console; while somebody types, only those with Ctrl or ⌘. */
export function useShortcuts(openers: Openers): void {
  const latest = useRef(openers);
  latest.current = openers;
  useEffect(() => {
    let wentAt = Number.NEGATIVE_INFINITY;
    const listen = (event: KeyboardEvent) => {
      if (event.key === 'k' && (event.metaKey || event.ctrlKey)) {
        event.preventDefault();
        latest.current.palette();
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      if (event.timeStamp - wentAt < CHORD_MS) {
        wentAt = Number.NEGATIVE_INFINITY;
        const page = ALL_PAGES.find(({ key }) => key === event.key);
        if (page !== undefined) navigate(pageAddress(page.path));
        return;
      }
      if (event.key === 'g') wentAt = event.timeStamp;
      else if (event.key === '?') latest.current.help();
      else if (event.key === '/') {
        const box = document.querySelector<HTMLElement>('[data-shortcut="/"]');
        if (box !== null) {
          event.preventDefault();
          box.focus();
        }
      }
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select, dialog *'));
}
