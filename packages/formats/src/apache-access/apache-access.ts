import type { Format } from '../format.ts';
import { VARIABLES } from '../nginx-access/variables.ts';
import { errorParser, isErrorLine } from '../apache-error/apache-error.ts';
import { accessParser, accessReader } from '../web-access/access-parser.ts';
import { ACCESS_MAPPING } from '../web-access/mapping.ts';
import { accessShare, looksApache } from '../web-access/recognise.ts';
import { partsOfLogFormat } from './directives.ts';

export const apacheAccess: Format = {
  name: 'apache-access',
  title: 'Apache HTTP Server access log: common, combined, vhost_combined, or any LogFormat',
  source: 'apache',
  framing: 'lines',
  keepsOriginal: true,
  recognise: (head) => accessShare(head) * (looksApache(head) ? 0.9 : 0.85),
  // Operators who make JSON of it take the names that nginx has for the same.
  open: (context) => {
    const parser = errorParser(context, () => undefined);
    return accessParser(accessReader({ variables: VARIABLES, partsOf: partsOfLogFormat }, context), {
      begins: isErrorLine,
      holds: () => false,
      parser,
    });
  },
  mapping: ACCESS_MAPPING,
};
