import { describe, expect, it } from 'vitest';
import { Daybook } from '../harness/daybook.ts';

const node = process.env['DAYBOOK_TEST_NODE24'];

describe.skipIf(node === undefined)('Node 24 (DAYBOOK_TEST_NODE24; npm test installs it)', () => {
  it('serves, imports, answers and verifies, built and from source', async () => {
    for (const built of ['1', '0']) {
      const daybook = await Daybook.start({ ...(node === undefined ? {} : { node }), env: { DAYBOOK_RUN_BUILT: built } });
      try {
        const imported = await daybook.cli(['import', '--format', 'json', '-'], {
          stdin: '{"user_id":"a","event_type":"read","resource":"/x"}\n',
          env: { DAYBOOK_RUN_BUILT: built },
        });
        expect(imported).toMatchObject({ status: 0, out: expect.stringContaining('1 accepted') });
        await daybook.indexed();
        expect(await daybook.sql("SELECT user_id FROM access_logs WHERE kind = 'event'")).toBe('a');
        expect(await daybook.cli(['verify', daybook.data, '--index'], { env: { DAYBOOK_RUN_BUILT: built } })).toMatchObject({
          status: 0,
          err: '',
        });
        expect((await daybook.stop()).code).toBe(0);
      } finally {
        await daybook.kill();
        daybook.remove();
      }
    }
  });
});
