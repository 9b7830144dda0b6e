import { pino } from 'pino';
import { openHttp } from '../../packages/server/src/base/http.ts';
import { httpMetrics, openMetrics } from '../../packages/server/src/base/metrics.ts';
import { systemRandom } from '../../packages/server/src/base/random.ts';
import { routeTable } from '../../packages/server/src/base/route-table.ts';

/** The HTTP server alone, without a stage and without tokens. */
export function bareHttp() {
  return openHttp({
    log: pino({ level: 'silent' }),
    random: systemRandom(),
    metrics: httpMetrics(openMetrics()),
    routes: routeTable(),
    access: {
      require() {
        throw new Error('nobody has a token here');
      },
      stillHolds: () => false,
      entered: () => undefined,
      allowedFrom: () => true,
    },
    stopping: new AbortController().signal,
    tls: undefined,
    trustedProxies: [],
  });
}
