import { FORMATS } from '@daybook/formats';
import type { Base } from '../base/types.ts';
import { IN_FLIGHT_BYTES_MAX, type Intake } from '../intake/index.ts';
import { captureMetrics } from './capture-metrics.ts';
import { mountAside } from './http/aside.ts';
import { BytesInFlight } from './http/body.ts';
import { mountCounters } from './http/counters.ts';
import { mountEvents } from './http/events.ts';
import { mountKubernetes } from './kubernetes/audit-webhook.ts';
import { mountWebhooks } from './hooks/webhooks.ts';
import { mountLogs } from './otlp/logs.ts';
import { LineCounts } from './sink/line-counts.ts';
import { openSyslog } from './syslog/receiver.ts';

export { readLine } from './line-reader.ts';

/** Names that settings may use for formats. */
export const FORMAT_NAMES: readonly string[] = FORMATS.map(({ name }) => name);

export interface Capture {
  /** Ports of the syslog listeners, in the order of the settings. */
  readonly syslogPorts: readonly number[];
  /** Stops listening, and hands over what came. */
  close(): Promise<void>;
}

export type CaptureBase = Pick<Base, 'config' | 'http' | 'access' | 'metrics' | 'stopping' | 'log' | 'clock' | 'background'>;

/** Stage 1 listens: mounts what takes events, and opens what listens beside. */
export async function openCapture(base: CaptureBase, intake: Intake): Promise<Capture> {
  // One bound for the bodies of all routes.
  const inFlight = new BytesInFlight(IN_FLIGHT_BYTES_MAX);
  const metrics = captureMetrics(base.metrics);
  const counts = new LineCounts(base, intake);
  await mountEvents(base, intake, inFlight);
  mountCounters(base, intake);
  await mountAside(base, intake, inFlight);
  const receiver = { base, intake, metrics, counts };
  await mountLogs(base, receiver, inFlight);
  await mountKubernetes(base, receiver, inFlight);
  await mountWebhooks(base, receiver, inFlight);
  const syslog = await openSyslog(base, intake, { metrics, counts });
  return {
    syslogPorts: syslog.ports,
    // The HTTP server is base's; requests in hand end when it drains.
    async close() {
      await syslog.close();
      await counts.close();
    },
  };
}
