import { useSyncExternalStore } from 'react';

/** The address bar is the state: what is seen can be sent to somebody else, or found again by going back. */
export interface Location {
  readonly path: string;
  readonly params: URLSearchParams;
}

type Params = Readonly<Record<string, string | undefined>>;

const listeners = new Set<() => void>();
let current = read();

function read(): Location {
  return { path: window.location.pathname, params: new URLSearchParams(window.location.search) };
}

function changed(): void {
  current = read();
  for (const listener of listeners) listener();
}

window.addEventListener('popstate', changed);

export function useLocation(): Location {
  return useSyncExternalStore(subscribe, () => current);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function navigate(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (to === window.location.pathname + window.location.search) return;
  window.history[replace ? 'replaceState' : 'pushState'](null, '', to);
  changed();
}

/** Changes parameters of the present address; undefined or empty takes one away. */
export function setParams(changes: Params, options?: { readonly replace?: boolean }): void {
  navigate(withParams(current.path, current.params, changes), options);
}

export function withParams(path: string, params: URLSearchParams, changes: Params): string {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') next.delete(name);
    else next.set(name, value);
  }
  return pathWith(path, next);
}

export function pathOf(path: string, params: Params): string {
  return withParams(path, new URLSearchParams(), params);
}

function pathWith(path: string, params: URLSearchParams): string {
  // What people read in an address: colons, commas and slashes need no escape there.
  const text = params.toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%2F', '/');
  return text === '' ? path : `${path}?${text}`;
}
