import { readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { LOCK_STALE_MS } from '../bounds.ts';
import { codeOf, isObject } from '../objects.ts';
import { nowMs, placeOfPids, processStart } from '../outside.ts';

interface Owner {
  readonly pid: number;
  readonly start: string;
  readonly place: string;
}

/**
 * `NAME.INSTANCE.lock` says which process owns the files `NAME.INSTANCE.*`. On one machine (and in one container) its process id tells whether it
 * lives; seen from elsewhere, over a shared volume, the time of its last touch.
 */
export function writeLock(file: string): void {
  const owner: Owner = { pid: process.pid, start: processStart(process.pid), place: placeOfPids() };
  writeFileSync(file, JSON.stringify(owner), { flag: 'wx', mode: 0o600 });
}

export function touchLock(file: string): void {
  const seconds = nowMs() / 1000;
  utimesSync(file, seconds, seconds);
}

export function removeLock(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // gone already: somebody cleared the directory
  }
}

/** Whether somebody owns the files beside this lock. Without a lock nobody does: it is written before the first file. */
export function isOwned(file: string): boolean {
  const owner = readOwner(file);
  if (owner === undefined) return false;
  if (owner === 'unreadable' || owner.place !== placeOfPids()) return !isStale(file);
  return isRunning(owner.pid) && (owner.start === '' || processStart(owner.pid) === owner.start);
}

function readOwner(file: string): Owner | 'unreadable' | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isOwner(owner) ? owner : 'unreadable';
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : 'unreadable';
  }
}

function isOwner(value: unknown): value is Owner {
  return isObject(value) && 'pid' in value && 'start' in value && 'place' in value;
}

function isStale(file: string): boolean {
  try {
    return nowMs() - statSync(file).mtimeMs > LOCK_STALE_MS;
  } catch {
    return true;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
