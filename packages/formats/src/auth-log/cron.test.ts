import { it } from 'vitest';
import { f } from './test-said.ts';

it('reads jobs of Busybox’s crond', () => {
  f('crond', 'USER root pid  4711 cmd mysql -phunter2 run', 'execute success root -', { resource: 'mysql -p[redacted] run' });
  f('crond', 'wakeup dt=60', 'noise cron_notice');
});
