import { Readable } from 'node:stream';
import { DaybookError } from '@daybook/protocol';
import type { FastifyReply } from 'fastify';
import { problemOf } from '../base/problem.ts';
import { oneJob, type Progress } from './one-job.ts';
import type { Stages } from './stages.ts';
import { verifyControl } from './verify-control.ts';

const NDJSON = {
  200: {
    description:
      'Lines of JSON: `{"progress":{done,total}}`, `{"finding":{code,log,first_idx,last_idx,message}}`, at last `{"end":{findings}}` or `{"error":{code,detail}}`.',
    content: { 'application/x-ndjson': { schema: { type: 'string' } } },
  },
} as const;

type Line = { readonly progress: Progress } | { readonly finding: object };

/** Long work on the whole index or ledger, told line by line. */
export function mountJobs(stages: Stages): void {
  const { base, ledger, query } = stages;
  const reindex = oneJob((progress) => query.reindex(progress, base.stopping));

  base.http.route({
    method: 'POST',
    url: '/v1/reindex',
    config: { permission: 'admin' },
    schema: {
      summary: 'Rebuild the index from the ledger',
      description: 'Starts the work, or attaches to it where it runs: it goes on when the client leaves.',
      tags: ['operation'],
      response: NDJSON,
    },
    handler: (_request, reply) => sendLines(reply, progressLines(reindex())),
  });
  base.http.route({
    method: 'POST',
    url: '/v1/verify/index',
    config: { permission: 'entries:read' },
    schema: { summary: 'Compare the index with the ledger', tags: ['operation'], response: NDJSON },
    handler: (_request, reply) => sendLines(reply, indexFindings(stages, untilGone(reply, base.stopping))),
  });
  base.http.route({
    method: 'GET',
    url: '/v1/verify/control',
    config: { permission: 'entries:read' },
    schema: { summary: 'Compare the tokens with the entries that explain them', tags: ['operation'], response: NDJSON },
    handler: async (_request, reply) => {
      await stages.changes.drain();
      return sendLines(
        reply,
        withProgress((progress) => verifyControl(base, ledger, (done, total) => progress({ done, total }))),
      );
    },
  });
}

function sendLines(reply: FastifyReply, lines: AsyncIterable<Line>): FastifyReply {
  return reply.type('application/x-ndjson').send(Readable.from(texts(lines), { objectMode: false }));
}

async function* texts(lines: AsyncIterable<Line>): AsyncGenerator<string> {
  let findings = 0;
  try {
    for await (const line of lines) {
      if ('finding' in line) findings += 1;
      yield `${JSON.stringify(line)}\n`;
    }
    yield `${JSON.stringify({ end: { findings } })}\n`;
  } catch (error) {
    // The status went out long ago: the failure is the last line.
    const { code, detail } = problemOf(error);
    yield `${JSON.stringify({ error: { code, detail } })}\n`;
  }
}

async function* progressLines(progress: AsyncIterable<Progress>): AsyncGenerator<Line> {
  for await (const at of progress) yield { progress: at };
}

async function* indexFindings({ query }: Stages, signal: AbortSignal): AsyncGenerator<Line> {
  yield* withProgress(
    (progress) => query.verifyIndex((done, total) => progress({ done, total }), signal),
    (found) => ({
      code: found.code,
      log: found.log,
      first_idx: found.firstIdx,
      last_idx: found.lastIdx,
      message: found.message,
    }),
  );
}

/**
 * Findings as they come, and between them the newest progress, at most a line per half second. The two come from different sources: the
 * next finding is awaited together with a tick.
 */
async function* withProgress<T extends object>(
  start: (progress: (at: Progress) => void) => AsyncIterable<T>,
  shape: (finding: T) => object = (finding) => finding,
): AsyncGenerator<Line> {
  let at: Progress | undefined;
  const findings = start((progress) => {
    at = progress;
  })[Symbol.asyncIterator]();
  // Awaited below, but not when the client leaves in between: then its failure is nobody's.
  const ask = () => {
    const asked = findings.next();
    asked.catch(() => undefined);
    return asked;
  };
  let next = ask();
  for (;;) {
    const result = await Promise.race([next, tick()]);
    if (at !== undefined) yield { progress: at };
    at = undefined;
    if (result === undefined) continue;
    if (result.done === true) return;
    yield { finding: shape(result.value) };
    next = ask();
  }
}

const TICK_MS = 500;

function tick(): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), TICK_MS).unref();
  });
}

/** Ends with the server or with the client, whichever goes first. */
function untilGone(reply: FastifyReply, stopping: AbortSignal): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort(new DaybookError('shutting_down', 'The client left.')));
  return AbortSignal.any([stopping, gone.signal]);
}
