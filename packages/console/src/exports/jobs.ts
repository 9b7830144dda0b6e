import { useSyncExternalStore } from 'react';
import { type ApiError, askJson } from '../api.ts';
import { asApiError } from '../use-query.ts';
import { tellBegun } from './begun.ts';

/** How far an export is, as the server tells it. */
export interface Job {
  readonly id: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly q: string;
  readonly from: string;
  readonly to: string;
  readonly format: string;
  readonly columns: readonly string[] | null;
  readonly rows: number | null;
  readonly total: number | null;
  readonly bytes: number;
  readonly expires: string;
  readonly error: { readonly code: string; readonly detail: string } | null;
}

export type Asked = Pick<Job, 'q' | 'from' | 'to' | 'format'> & { readonly columns?: readonly string[] | undefined };

interface Jobs {
  readonly jobs: readonly Job[];
  /** Rows in a second, by id, since the console looks on. */
  readonly rates: ReadonlyMap<string, number>;
  readonly error: ApiError | undefined;
}

/** While one runs; an export of a few thousand events takes less than that. */
const LOOK_MS = 1000;
/** After a look that failed. */
const AGAIN_MS = 5000;
/** Over less time a rate says little. */
const RATE_MS_MIN = 900;

let state: Jobs = { jobs: [], rates: new Map(), error: undefined };
const listeners = new Set<() => void>();
const firstSeen = new Map<string, { readonly atMs: number; readonly rows: number }>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** The person's exports; asked for again while one runs and somebody looks, else never by itself. */
export function useJobs(): Jobs {
  return useSyncExternalStore(subscribe, () => state);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    document.addEventListener('visibilitychange', lookOn);
    void look();
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    document.removeEventListener('visibilitychange', lookOn);
    clearTimeout(timer);
    // The next one who looks may be another person.
    state = { jobs: [], rates: new Map(), error: undefined };
  };
}

export async function start(asked: Asked): Promise<Job> {
  const job = await askJson<Job>('/v1/exports', { method: 'POST', body: asked });
  tellBegun();
  set([job, ...state.jobs.filter(({ id }) => id !== job.id)]);
  return job;
}

/** Cancels one that runs, removes any other. */
export async function drop({ id, state: before }: Job): Promise<void> {
  try {
    const job = await askJson<Job>(`/v1/exports/${id}`, { method: 'DELETE' });
    set(state.jobs.flatMap((one) => (one.id !== id ? [one] : before === 'running' ? [job] : [])));
  } catch {
    // It may have expired, or ended a moment ago: the list tells.
    await look();
  }
}

export async function look(): Promise<void> {
  clearTimeout(timer);
  try {
    const { exports } = await askJson<{ readonly exports: readonly Job[] }>('/v1/exports');
    if (listeners.size > 0) set(exports);
  } catch (error) {
    state = { ...state, error: asApiError(error) };
    tell();
    plan(AGAIN_MS);
  }
}

function set(jobs: readonly Job[]): void {
  const nowMs = performance.now();
  const rates = new Map<string, number>();
  for (const { id, rows, state: now } of jobs) {
    if (now !== 'running' || rows === null) continue;
    const first = firstSeen.get(id) ?? { atMs: nowMs, rows };
    firstSeen.set(id, first);
    const ms = nowMs - first.atMs;
    if (ms >= RATE_MS_MIN) rates.set(id, ((rows - first.rows) / ms) * 1000);
  }
  state = { jobs, rates, error: undefined };
  tell();
  plan(LOOK_MS);
}

function tell(): void {
  for (const listener of listeners) listener();
}

function plan(ms: number): void {
  clearTimeout(timer);
  if (listeners.size > 0 && state.jobs.some((job) => job.state === 'running')) timer = setTimeout(lookOn, ms);
}

/** Nobody looks at a page that is hidden: it asks again when it is shown. */
function lookOn(): void {
  if (document.visibilityState === 'visible' && state.jobs.some((job) => job.state === 'running')) void look();
}
