import type { IconName } from './parts/icons.tsx';

export interface Page {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  /** Pressed after `g`. */
  readonly key: string;
}

export const PAGES: readonly Page[] = [
  { path: '/', title: 'Overview', icon: 'overview', key: 'o' },
  { path: '/search', title: 'Search', icon: 'search', key: 's' },
  { path: '/live', title: 'Live', icon: 'live', key: 'l' },
  { path: '/query', title: 'SQL', icon: 'sql', key: 'q' },
];

export const CAPTURE_PAGES: readonly Page[] = [
  { path: '/coverage', title: 'Sources & coverage', icon: 'coverage', key: 'c' },
  { path: '/quarantine', title: 'Quarantine', icon: 'quarantine', key: 'u' },
];

export const PROOF_PAGES: readonly Page[] = [
  { path: '/evidence', title: 'Evidence check', icon: 'evidence', key: 'e' },
  { path: '/integrity', title: 'Integrity', icon: 'integrity', key: 'i' },
];

export const ADMIN_PAGES: readonly Page[] = [{ path: '/settings', title: 'Access', icon: 'settings', key: 'a' }];

export const ALL_PAGES: readonly Page[] = [...PAGES, ...CAPTURE_PAGES, ...PROOF_PAGES, ...ADMIN_PAGES];

/** Parameters that pages have in common and that go along from one to the next. */
export const SHARED_PARAMS = ['range'];
