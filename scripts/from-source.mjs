// `node --import ./scripts/from-source.mjs FILE.ts`: runs a checkout without a build. It makes packages resolve through their
// `source` export condition, and, where Node does not strip types by itself (before 22.18), lets tsx do it.
import { register } from 'node:module';

if (!process.features.typescript) {
  const tsx = await import('tsx/esm/api');
  tsx.register();
}
register('./source-condition.mjs', import.meta.url);
