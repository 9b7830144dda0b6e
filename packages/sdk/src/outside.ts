import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

/** The SDK's one door to the clock, the environment and this process. */
export const nowMs = (): number => Date.now();
export const monotonicMs = (): number => performance.now();

/** Microseconds are as fine as it gets. */
export const msSince = (startMs: number): number => Math.round((monotonicMs() - startMs) * 1000) / 1000;

/** This moment, and how long ago it is. */
export function momentNow(): { readonly timestamp: string; readonly elapsedMs: () => number } {
  const startMs = monotonicMs();
  return { timestamp: timeText(nowMs()), elapsedMs: () => msSince(startMs) };
}

export function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : value;
}

/** Where a process id means something: this host, and in a container this container. */
export function placeOfPids(): string {
  try {
    return `${os.hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return os.hostname();
  }
}

/** When the process began, in ticks since the boot: tells it from a later one with the same id. Empty where there is no /proc. */
export function processStart(pid: number): string {
  try {
    return (
      readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? ''
    );
  } catch {
    return '';
  }
}

let second = Number.NaN;
let prefix = '';

/** RFC 3339 with six digits, the form that the server takes without a second look. One Date per second, not per event. */
export function timeText(ms: number): string {
  const whole = Math.floor(ms / 1000);
  if (whole !== second) {
    second = whole;
    prefix = new Date(whole * 1000).toISOString().slice(0, 20);
  }
  return `${prefix}${String(Math.floor(ms - whole * 1000) + 1000).slice(1)}000Z`;
}
