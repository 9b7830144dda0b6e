import { listOf, recordOf } from '@daybook/protocol';
import { formatVerifierKey, type LogFetcher, parseVerifierKey, type Tile, tilePath, type Verifier } from '@daybook/tlog';
import { CliError, usageError } from './cli-error.ts';
import type { DaybookClient } from './client.ts';

/** A log as `GET /logs` describes it. Nothing of it is trusted but by comparison with a pinned or remembered key. */
export interface ListedLog {
  readonly log: string;
  readonly verifier: Verifier;
  /** Its line, as people compare it. */
  readonly verifierKey: string;
}

/** `--key`: verifier key lines, as people paste them. */
export function parsePins(keys: readonly string[] = []): Verifier[] {
  return keys.map((key) => {
    try {
      return parseVerifierKey(key.trim());
    } catch {
      throw usageError(
        '--key is no verifier key.',
        'It is a line such as origin/routine+1a2b3c4d+AY…; `GET /logs` and the keys file show it.',
      );
    }
  });
}

export function isPinned(verifier: Verifier, pins: readonly Verifier[]): boolean {
  const key = formatVerifierKey(verifier);
  return pins.some((pin) => formatVerifierKey(pin) === key);
}

export async function listLogs(client: DaybookClient, signal?: AbortSignal): Promise<ListedLog[]> {
  const answer = recordOf(await client.json('GET', '/logs', undefined, signal === undefined ? {} : { signal }));
  return listOf(answer['logs']).map((value) => {
    const { log, verifier_key: verifierKey } = recordOf(value);
    if (typeof log !== 'string' || !/^[a-z][a-z0-9_-]{0,31}$/.test(log) || typeof verifierKey !== 'string')
      throw new CliError(`${client.url}/logs does not answer as a Daybook server does.`, { code: 'bad_answer' });
    try {
      return { log, verifierKey, verifier: parseVerifierKey(verifierKey) };
    } catch (error) {
      throw new CliError(`${client.url}/logs names a key of ${log} that is none.`, { code: 'bad_answer', cause: error });
    }
  });
}

/** A log behind a URL, laid out as C2SP tlog-tiles says. */
export function remoteLog(client: DaybookClient, log: string, signal?: AbortSignal): LogFetcher {
  const options = signal === undefined ? {} : { signal };
  return {
    checkpoint: () => client.text(`/logs/${log}/checkpoint`, options),
    tile: (tile: Tile) => client.maybeBytes(`/logs/${log}/${tilePath(tile)}`, options),
  };
}
