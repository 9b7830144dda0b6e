import { actingAs } from '@daybook/sdk';
import { NIGHTLY } from '../habits/machines.ts';
import { NO_INPUT } from '../habits/step.ts';
import { type DeedName, deedOf } from './deeds.ts';
import type { Desk } from './desk.ts';

/** One task of the nightly job: no request, no middleware; it says itself who acts and what it does. */
export function runTask(desk: Desk, name: DeedName, id: string): Promise<void> {
  const deed = deedOf(name);
  return actingAs(NIGHTLY, () =>
    desk.client.audited(deed.route, deed.about(id, NO_INPUT), async () => {
      for (const sql of deed.sql) await desk.database?.query(sql.text(NO_INPUT), [...sql.values(id, NO_INPUT)]);
    }),
  );
}
