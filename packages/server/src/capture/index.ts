import type { Base } from '../base/types.ts';
import { IN_FLIGHT_BYTES_MAX, type Intake } from '../intake/index.ts';
import { mountAside } from './http/aside.ts';
import { BytesInFlight } from './http/body.ts';
import { mountCounters } from './http/counters.ts';
import { mountEvents } from './http/events.ts';

/** Stage 1 listens: mounts what takes events. */
export async function openCapture(
  base: Pick<Base, 'http' | 'access' | 'metrics' | 'stopping'>,
  intake: Intake,
): Promise<{ close(): Promise<void> }> {
  // One bound for the bodies of all routes.
  const inFlight = new BytesInFlight(IN_FLIGHT_BYTES_MAX);
  await mountEvents(base, intake, inFlight);
  mountCounters(base, intake);
  await mountAside(base, intake, inFlight);
  // The HTTP server is base's; requests in hand end when it drains.
  return { close: async () => undefined };
}
