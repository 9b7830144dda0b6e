import { parseJson, recordOf, textOf } from '@daybook/protocol';
import { CliError } from './cli-error.ts';
import type { DaybookClient } from './client.ts';
import type { Progress } from './progress.ts';
import type { Finding } from './report.ts';

/** Work that the server does and tells of line by line: reindex, verify index, verify control. Resolves with what it found. */
export async function followWork(
  client: DaybookClient,
  method: 'GET' | 'POST',
  path: string,
  label: string,
  progress: Progress,
): Promise<{ readonly findings: readonly Finding[]; readonly total: number }> {
  const findings: Finding[] = [];
  let total = 0;
  let ended = false;
  progress.start(label);
  try {
    for await (const line of client.lines(method, path)) {
      const step = parseStep(line);
      if (step.progress !== undefined) {
        total = step.progress.total;
        progress.total(total);
        progress.set(step.progress.done);
      }
      if (step.finding !== undefined) findings.push(step.finding);
      if (step.error !== undefined) throw new CliError(step.error.detail, { code: step.error.code });
      ended ||= step.ended;
    }
  } finally {
    progress.end();
  }
  if (!ended)
    throw new CliError('The server stopped before it was done.', { code: 'broken_off', advice: 'See its log; run the command again.' });
  return { findings, total };
}

interface Step {
  readonly progress?: { readonly done: number; readonly total: number };
  readonly finding?: Finding;
  readonly error?: { readonly code: string; readonly detail: string };
  readonly ended: boolean;
}

function parseStep(line: string): Step {
  const { progress, finding, error, end } = recordOf(parseJson(line));
  return {
    ended: end !== undefined,
    ...(progress === undefined
      ? {}
      : { progress: { done: Number(recordOf(progress)['done']), total: Number(recordOf(progress)['total']) } }),
    ...(error === undefined ? {} : { error: { code: textOf(recordOf(error)['code']), detail: textOf(recordOf(error)['detail']) } }),
    ...(finding === undefined ? {} : { finding: parseFinding(recordOf(finding)) }),
  };
}

function parseFinding(value: Readonly<Record<string, unknown>>): Finding {
  const { code, log, first_idx, last_idx, message } = value;
  return {
    code: textOf(code),
    message: textOf(message),
    ...(typeof log === 'string' ? { log } : {}),
    ...(typeof first_idx === 'number' ? { firstIdx: first_idx } : {}),
    ...(typeof last_idx === 'number' ? { lastIdx: last_idx } : {}),
  };
}
