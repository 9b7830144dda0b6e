/** `npm run bench -- [ingest] [freshness] [archive] [console] [sdk] [formats] [import] [receivers] [hostile] [--quick] [--events N] [--no-postgres] [--profile] [--keep]` */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { benchArchive } from './archive.ts';
import { benchConsole } from './console.ts';
import { benchFormats } from './formats.ts';
import { benchFreshness } from './freshness.ts';
import { benchHostile } from './hostile.ts';
import { benchImport } from './import.ts';
import { benchIngest } from './ingest.ts';
import { hasPostgres } from './postgres-under-test.ts';
import { benchReceivers } from './receivers.ts';
import { Report } from './report.ts';
import { benchSdk } from './sdk.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    events: { type: 'string', default: '20000000' },
    'no-postgres': { type: 'boolean', default: false },
    'postgres-events': { type: 'string', default: '3000000' },
    profile: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    only: { type: 'string' },
    port: { type: 'string' },
    work: { type: 'string', default: path.join(import.meta.dirname, '.work') },
  },
});
const known = ['ingest', 'freshness', 'archive', 'console', 'sdk', 'formats', 'import', 'receivers', 'hostile'];
const wanted = positionals.length > 0 ? positionals : known;
for (const name of wanted) if (!known.includes(name)) throw new Error(`no workload ${name}; there are ${known.join(', ')}`);
const postgres = !values['no-postgres'] && hasPostgres();
if (!postgres) process.stdout.write('PostgreSQL 15 is absent or unwanted: no baseline in this run\n');
mkdirSync(values.work, { recursive: true });
const report = new Report();
const events = values.quick ? 1_000_000 : Number(values.events);
if (wanted.includes('ingest')) await benchIngest(report, values.work, { scale: values.quick ? 0.1 : 1, postgres, profile: values.profile });
if (wanted.includes('freshness')) await benchFreshness(report, values.work, values.quick ? 10 : 40);
if (wanted.includes('hostile'))
  await benchHostile(report, values.work, { runs: values.quick ? 5 : 30, only: values.only, profile: values.profile });
if (wanted.includes('archive'))
  await benchArchive(report, values.work, {
    events,
    postgres,
    postgresEvents: Math.min(events, Number(values['postgres-events'])),
    keep: values.keep,
  });
if (wanted.includes('formats')) benchFormats(report, { scale: values.quick ? 0.1 : 1, only: values.only });
// On the data of `archive`, where that was asked for too.
if (wanted.includes('console'))
  await benchConsole(report, values.work, {
    events,
    keep: values.keep || wanted.includes('archive'),
    port: values.port === undefined ? undefined : Number(values.port),
    only: values.only,
  });
if (wanted.includes('sdk')) await benchSdk(report, values.work, values.quick ? 0.1 : 1);
if (wanted.includes('import'))
  await benchImport(report, values.work, { scale: values.quick ? 0.2 : 1, only: values.only, profile: values.profile });
if (wanted.includes('receivers')) await benchReceivers(report, values.work, { scale: values.quick ? 0.1 : 1, profile: values.profile });
process.exitCode = report.write() ? 0 : 1;
