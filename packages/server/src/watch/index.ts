import type { Base } from '../base/types.ts';
import { paused } from '../base/base.ts';
import type { Ledger } from '../ledger/types.ts';
import type { Query } from '../query/index.ts';
import { Canaries } from './canaries/canaries.ts';
import { coverageOf, sourceOfKey } from './coverage/coverage.ts';
import { GapWatch } from './coverage/gap-watch.ts';
import { SilenceWatch } from './coverage/silence.ts';
import { type Shown, shownTo } from './coverage/shown.ts';
import type { Captured, Coverage, CoverageQuestion } from './types.ts';

export type * from './types.ts';

/** Whether everything that is expected arrives. */
export interface Watch {
  coverage(asked: CoverageQuestion): Promise<Coverage>;
  readonly canaries: Pick<Canaries, 'list' | 'run'>;
  /** Background work ends with the server; nothing is left to do. */
  close(): Promise<void>;
}

const GAPS_LOOK_MS = 60_000;
const DAY_MICROS = 86_400_000_000;
/** Clocks that are ahead: as far as intake lets them claim. */
const AHEAD_MICROS = DAY_MICROS;

/** Stage 5 watches: the register of sources, canaries, silence, gaps. */
export async function openWatch(base: Base, ledger: Ledger, query: Query, captured: Captured): Promise<Watch> {
  const silence = new SilenceWatch(base, ledger, query);
  const canaries = new Canaries(base, ledger, query);
  const gaps = new GapWatch(base, captured);
  base.background('silence watch', (signal) => silence.run(signal));
  base.background('canaries', (signal) => canaries.schedule(signal));
  base.background('gap watch', async (signal) => {
    do {
      await gaps.open().catch((error: unknown) => base.log.warn({ err: error }, 'gaps of producers could not be looked at'));
    } while (await paused(GAPS_LOOK_MS, signal));
  });

  const facts = async ({ days, scope, signal }: CoverageQuestion, shown: Shown) => {
    const nowMicros = base.clock.nowMicros();
    const fromMicros = nowMicros - days * DAY_MICROS;
    const register = base.config.sources.filter(({ name }) => shown.source(name));
    const [seen, last, lines, quarantine, open] = await Promise.all([
      query.seen({ fromMicros, toMicros: nowMicros + AHEAD_MICROS, scope, ...(signal === undefined ? {} : { signal }) }),
      shown.rows
        ? query.lastOf(
            register.map(({ name }) => name),
            signal,
          )
        : new Map<string, number>(),
      captured.lineCounts(days),
      captured.view.groups(days),
      gaps.open(),
    ]);
    return {
      nowMicros,
      fromMicros,
      days,
      register,
      seen,
      last,
      indexLagMs: query.index().lagMs,
      silentSince: new Map([...silence.now(last)].filter(([name]) => shown.source(name))),
      lines: new Map([...lines].filter(([key]) => shown.source(sourceOfKey(key)))),
      quarantine: quarantine.filter(({ source }) => shown.source(source)),
      gaps: open.filter(({ producer }) => shown.source(producer)),
      canaries: canaries.list().filter(({ source }) => shown.source(source)),
    };
  };

  return {
    canaries,
    coverage: async (asked) => coverageOf(await facts(asked, shownTo(asked.scope))),
    close: async () => undefined,
  };
}
