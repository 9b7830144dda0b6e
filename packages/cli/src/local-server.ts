import { codeOf, parseRecord } from '@daybook/protocol';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** What a running server leaves for commands of the same user: `<DATA>/control/local.json`, mode 0600. */
export interface LocalServer {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

export const DATA_DEFAULT = './data';

/** The server that runs beside this data directory, if one does. */
export async function findLocalServer(dataDir: string): Promise<LocalServer | undefined> {
  const file = path.join(dataDir, 'control', 'local.json');
  // A file that another user could have written names whatever server and token that user likes.
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || (process.getuid !== undefined && (found.uid !== process.getuid() || (found.mode & 0o077) !== 0)))
    return undefined;
  const server = parseLocalServer(await readFile(file, 'utf8').catch(() => ''));
  // After a kill -9 the file is stale; a dead pid says so without waiting for a connection.
  return server !== undefined && isAlive(server.pid) ? server : undefined;
}

function parseLocalServer(text: string): LocalServer | undefined {
  const { url, token, pid } = parseRecord(text) ?? {};
  return typeof url === 'string' && typeof token === 'string' && typeof pid === 'number' ? { url, token, pid } : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
