import { tokenPrincipal } from '../base/control/tokens.ts';
import { builtInRole } from '../base/policy.ts';
/* oxlint-disable typescript/no-unsafe-type-assertion -- what a test wrote or asked for is known to it */
import { parseJson } from '@daybook/protocol';
import type { Config } from '../base/config.ts';
import type { Principal } from '../base/types.ts';
import { Decider } from './decide.ts';
import { FoldRules } from './fold-rules.ts';
import { Geo } from './geo.ts';
import { ImportanceRules } from './importance.ts';
import { BodyReader, type Reading } from './reading.ts';
import { Redaction } from './redact.ts';
import type { BodyFormat, Envelope } from './types.ts';
import { UserAgents } from './user-agent.ts';

/** 2026-03-01T12:00:00Z, the receive time of every test's events. */
export const NOW_MICROS = 1_772_366_400_000_000;
export const NOW_TEXT = '2026-03-01T12:00:00.000000Z';
export const SHOP: Principal = tokenPrincipal(
  { tokenId: 't', name: 'shop', role: 'producer', sources: ['shop', 'till'], tenants: null },
  builtInRole,
);
const IMPORTANCE: Config['importance'] = [
  { log: 'important', when: { category: ['authentication', 'iam', 'config', 'audit'] } },
  { log: 'important', when: { outcome: ['denied'] } },
];

export interface TestReaderOptions {
  readonly redactFields?: readonly string[];
  readonly importance?: Config['importance'];
  readonly fold?: Config['fold'];
  readonly principal?: Principal;
  readonly envelope?: Envelope;
  readonly geo?: Geo;
}

/** Reads bodies without a server: what intake decides, before doubles and the ledger. */
export function testReader(options: TestReaderOptions = {}) {
  const logs = ['routine', 'important'];
  const redaction = new Redaction({ fields: options.redactFields ?? [], patterns: ['card', 'bearer', 'url_password', 'sql_password'] });
  const decider = new Decider({
    redaction,
    geo: options.geo ?? new Geo([]),
    agents: new UserAgents(),
    importance: new ImportanceRules({ logs, importance: options.importance ?? IMPORTANCE }),
    logs,
  });
  const clock = { nowMicros: () => NOW_MICROS, monotonicMs: () => 0 };
  const reader = new BodyReader({ decider, redaction, folding: FoldRules.of({ fold: options.fold ?? [] }), clock, logCount: 2, seed: 7 });
  const read = (body: string | Buffer, format: BodyFormat = 'ndjson'): Promise<Reading> =>
    reader.read({
      principal: options.principal ?? SHOP,
      channel: 'api',
      envelope: options.envelope,
      format,
      body: Buffer.from(body),
      wait: 'durable',
      signal: new AbortController().signal,
    });
  return {
    redaction,
    read,
    /** The canonical text of the one event that a body holds, or its rejection as `code field`. */
    async one(item: unknown): Promise<string> {
      const reading = await read(typeof item === 'string' ? item : JSON.stringify(item));
      const [rejected] = reading.rejected;
      return rejected === undefined ? (textsOf(reading)[0] ?? '') : `${rejected.code} ${rejected.field}`.trim();
    },
    async event(item: unknown): Promise<Record<string, unknown>> {
      const text = await this.one(item);
      if (!text.startsWith('{')) throw new Error(`rejected: ${text}`);
      return parseJson(text) as Record<string, unknown>;
    },
  };
}

/** The canonical texts of what was decided, log by log. */
export function textsOf(reading: Pick<Reading, 'batches'>): string[] {
  return reading.batches.flatMap((batch) => batch.starts.map((_, place) => batch.event(place).toString()));
}
