import pc from 'picocolors';
import type { Io } from './io.ts';

/** Colours for a terminal; plain text for a pipe, and where NO_COLOR is set. */
export function colorsFor(io: Io): ReturnType<typeof pc.createColors> {
  return pc.createColors(io.stdout.isTTY === true && (io.env['NO_COLOR'] ?? '') === '');
}
