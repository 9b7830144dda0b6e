import { safe, shownAddress } from './terminal.ts';

/** One event as a line for a person: `2023-10-21 15:32:00 U12345 update document_56789 from 192.168.0.1: denied (403)`. */
export function sentence(event: Readonly<Record<string, unknown>>): string {
  const text = (key: string) => (typeof event[key] === 'string' ? safe(event[key]) : '');
  const time = text('timestamp')
    .replace('T', ' ')
    .replace(/\.\d+Z$|Z$/, '');
  const who = text('user_id') || text('user_name') || text('actor_type') || 'someone';
  const behalf = text('on_behalf_of') === '' ? '' : ` for ${text('on_behalf_of')}`;
  const word = text('event_type') || text('action');
  const what = text('resource') === '' ? word : `${word} ${text('resource')}`;
  const where = text('ip_address') === '' ? '' : ` from ${shownAddress(text('ip_address'))}`;
  const detail = [text('status_code'), text('reason')].filter((part) => part !== '').join(' ');
  const outcome = text('outcome') === '' ? '' : `: ${text('outcome')}${detail === '' ? '' : ` (${detail})`}`;
  return `${time} ${who}${behalf} ${what}${where}${outcome}`;
}
