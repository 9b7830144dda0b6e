import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CliError, EXIT_FAILED, usageError } from '../cli-error.ts';
import { type ClientOptions, openClient } from '../client.ts';
import type { Io } from '../io.ts';
import { knownHeadsFile } from '../known-heads.ts';
import { DATA_DEFAULT } from '../local-server.ts';
import { openProgress, type Progress } from '../progress.ts';
import { printReport, type VerifyReport } from '../report.ts';
import { followWork } from '../server-work.ts';

export interface VerifyOptions extends ClientOptions {
  readonly index?: boolean;
  readonly control?: boolean;
  readonly key?: readonly string[];
  readonly since?: string;
  readonly lastSigned?: string;
  readonly state?: string;
  readonly json?: boolean;
}

/** `daybook verify`: a data directory, a server, or an evidence file, told apart by what stands there. */
export async function verify(io: Io, target: string | undefined, options: VerifyOptions): Promise<number> {
  const subject = target ?? options.data ?? (io.env['DAYBOOK_DATA'] || DATA_DEFAULT);
  const progress = openProgress(io, { unit: 'entries' });
  let report = await check(io, subject, options, progress).finally(() => progress.end());
  if (options.index === true)
    report = await withServer(io, report, subject, options, { method: 'POST', at: '/v1/verify/index', checked: 'rows' });
  if (options.control === true)
    report = await withServer(io, report, subject, options, { method: 'GET', at: '/v1/verify/control', checked: 'control_records' });
  await printReport(io, report, options.json === true);
  return report.findings.length === 0 ? 0 : EXIT_FAILED;
}

async function check(io: Io, subject: string, options: VerifyOptions, progress: Progress): Promise<VerifyReport> {
  const keys = options.key === undefined ? {} : { keys: options.key };
  if (/^https?:\/\//.test(subject)) return checkUrl(io, subject, options, progress);
  const at = path.resolve(io.cwd, subject);
  const found = await stat(at).catch(() => undefined);
  if (found === undefined)
    throw new CliError(`There is no ${subject}.`, {
      code: 'no_file',
      advice: 'Name a data directory, the URL of a server, or an evidence file.',
    });
  if (found.isDirectory()) {
    const { verifyDirectory } = await import('../verify-directory.ts');
    const since = options.since === undefined ? {} : { since: await readSince(path.resolve(io.cwd, options.since)) };
    return verifyDirectory(at, { ...keys, ...since, ...lastSigned(io, options), stateFile: stateFile(io, options), progress });
  }
  if (options.since !== undefined) throw usageError('--since has no meaning for an evidence file.', 'It is for directories and servers.');
  const { verifyEvidence } = await import('../evidence-check.ts');
  return verifyEvidence(at, { ...keys, progress });
}

async function checkUrl(io: Io, subject: string, options: VerifyOptions, progress: Progress): Promise<VerifyReport> {
  const { verifyUrl } = await import('../verify-url.ts');
  const client = await openClient(io, { ...options, url: subject });
  const keys = options.key === undefined ? {} : { keys: options.key };
  const since = options.since === undefined ? {} : { since: path.resolve(io.cwd, options.since) };
  return verifyUrl({ client, ...keys, ...since, progress, headsFile: stateFile(io, options) });
}

/** Where heads that were seen are remembered. */
function stateFile(io: Io, options: VerifyOptions): string {
  return options.state === undefined ? knownHeadsFile(io.env) : path.resolve(io.cwd, options.state);
}

function lastSigned(io: Io, options: VerifyOptions): { readonly lastSignedDir?: string } {
  const dir = options.lastSigned ?? io.env['DAYBOOK_LAST_SIGNED_DIR'];
  return dir === undefined || dir === '' ? {} : { lastSignedDir: path.resolve(io.cwd, dir) };
}

async function readSince(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new CliError(`Can't read the checkpoint ${file}.`, { code: 'no_file', cause: error });
  });
}

interface ServerCheck {
  readonly method: 'GET' | 'POST';
  readonly at: string;
  readonly checked: string;
}

/** What only the server can compare: its table, its tokens. Its findings join the others. */
async function withServer(
  io: Io,
  report: VerifyReport,
  subject: string,
  options: VerifyOptions,
  { method, at, checked }: ServerCheck,
): Promise<VerifyReport> {
  const place = /^https?:\/\//.test(subject) ? { url: subject } : { data: path.resolve(io.cwd, subject) };
  const client = await openClient(io, { ...options, ...place });
  const work = await followWork(client, method, at, `verify ${checked.replaceAll('_', ' ')}`, openProgress(io));
  return { ...report, findings: [...report.findings, ...work.findings], checked: { ...report.checked, [checked]: work.total } };
}
