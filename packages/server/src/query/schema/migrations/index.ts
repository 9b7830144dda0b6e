import type { Migration } from '../migrate.ts';
import { accessLogs } from './0001-access-logs.ts';
import { rollUps } from './0002-roll-ups.ts';

/** In the order of their numbers, without gaps. Forward only: a wrong one is mended by the next. */
export const MIGRATIONS: readonly Migration[] = [accessLogs, rollUps];
