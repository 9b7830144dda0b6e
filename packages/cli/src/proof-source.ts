import { type LogFetcher, parseVerifierKey, type Tile, type TileSource, tilePath, type Verifier } from '@daybook/tlog';
import { CliError } from './cli-error.ts';
import type { DaybookClient } from './client.ts';
import { listOf, recordOf } from './json-shape.ts';

/** A log as `GET /logs` describes it. Nothing of it is trusted but by comparison with a pinned or remembered key. */
export interface ListedLog {
  readonly log: string;
  readonly verifier: Verifier;
  /** Its line, as people compare it. */
  readonly verifierKey: string;
}

export async function listLogs(client: DaybookClient, signal?: AbortSignal): Promise<ListedLog[]> {
  const answer = recordOf(await client.json('GET', '/logs', undefined, signal === undefined ? {} : { signal }));
  return listOf(answer['logs']).map((value) => {
    const { log, verifier_key: verifierKey } = recordOf(value);
    if (typeof log !== 'string' || !/^[a-z][a-z0-9_-]{0,31}$/.test(log) || typeof verifierKey !== 'string')
      throw new CliError(`${client.url}/logs does not answer as a Daybook server does.`, { code: 'bad_answer' });
    return { log, verifierKey, verifier: parseVerifierKey(verifierKey) };
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

/** Fetches each tile once. For work that reads few tiles many times; the upper levels of 20 M entries are 2.5 MB. */
export function cachedTiles(source: TileSource): TileSource {
  const known = new Map<string, Promise<Uint8Array | undefined>>();
  return (tile) => {
    const path = tilePath(tile);
    const bytes = known.get(path) ?? source(tile);
    known.set(path, bytes);
    return bytes;
  };
}
