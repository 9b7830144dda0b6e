import type { Format } from '../format.ts';
import { isErrorLine, NginxErrorParser } from '../nginx-error/nginx-error.ts';
import { accessParser, accessReader } from '../web-access/access-parser.ts';
import { ACCESS_MAPPING } from '../web-access/mapping.ts';
import { accessShare, looksApache } from '../web-access/recognise.ts';
import { partsOfLogFormat, VARIABLES } from './variables.ts';

export const nginxAccess: Format = {
  name: 'nginx-access',
  title: 'nginx access log: common, combined, combined with more, JSON, or any log_format',
  source: 'nginx',
  framing: 'lines',
  keepsOriginal: true,
  recognise: (head) => accessShare(head) * (looksApache(head) ? 0.85 : 0.9),
  open: (context) => {
    const parser = new NginxErrorParser(context);
    const beside = { begins: isErrorLine, holds: () => parser.holds(), parser };
    return accessParser(accessReader({ variables: VARIABLES, partsOf: partsOfLogFormat }, context), beside);
  },
  mapping: ACCESS_MAPPING,
};
