import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { nowMs, Times, type Zone } from './time.ts';

export type Theme = 'system' | 'light' | 'dark';

interface Preferences {
  readonly theme: Theme;
  readonly times: Times;
  readonly setTheme: (theme: Theme) => void;
  readonly setZone: (zone: Zone) => void;
}

const Context = createContext<Preferences | undefined>(undefined);

export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const [theme, setTheme] = useStored<Theme>('daybook.theme', ['system', 'light', 'dark']);
  const [zone, setZone] = useStored<Zone>('daybook.zone', ['local', 'utc']);
  const dark = useMedia('(prefers-color-scheme: dark)');
  const shown = theme === 'system' ? (dark ? 'dark' : 'light') : theme;
  useEffect(() => {
    document.documentElement.dataset['theme'] = shown;
  }, [shown]);
  const times = useMemo(() => new Times(zone, nowMs()), [zone]);
  return <Context value={{ theme, times, setTheme, setZone }}>{children}</Context>;
}

export function usePreferences(): Preferences {
  const value = useContext(Context);
  if (value === undefined) throw new Error('outside of PreferencesProvider');
  return value;
}

export function useTimes(): Times {
  return usePreferences().times;
}

/** A page within another one's may be refused all storage; then nothing is remembered. */
function keptIn(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** One of some words, kept in this browser; the first until it is chosen. */
export function useStored<T extends string>(key: string, words: readonly [T, ...T[]]): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => words.find((word) => word === keptIn(key)) ?? words[0]);
  return [
    value,
    (next) => {
      localStorage.setItem(key, next);
      setValue(next);
    },
  ];
}

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const list = window.matchMedia(query);
    const listen = () => setMatches(list.matches);
    listen();
    list.addEventListener('change', listen);
    return () => list.removeEventListener('change', listen);
  }, [query]);
  return matches;
}
