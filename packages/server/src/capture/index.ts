import type { Base } from '../base/types.ts';
import type { Intake } from '../intake/index.ts';
import { mountEvents } from './http/events.ts';

/** Stage 1 listens: mounts what takes events. */
export async function openCapture(
  base: Pick<Base, 'http' | 'access' | 'metrics' | 'stopping'>,
  intake: Intake,
): Promise<{ close(): Promise<void> }> {
  await mountEvents(base, intake);
  // The HTTP server is base's; requests in hand end when it drains.
  return { close: async () => undefined };
}
