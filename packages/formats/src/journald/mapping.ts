import type { MappingRow } from '../format.ts';

export const JOURNAL_MAPPING: readonly MappingRow[] = [
  { record: '*', field: 'timestamp', from: '`_SOURCE_REALTIME_TIMESTAMP`, else `__REALTIME_TIMESTAMP`' },
  { record: '*', field: 'source_event_id', from: '`__CURSOR`' },
  { record: '*', field: 'host', from: '`_HOSTNAME`' },
  { record: '*', field: 'session_id', from: 'the message, else `_AUDIT_SESSION`, else `_SYSTEMD_SESSION`' },
  { record: '*', field: 'everything else', from: '`MESSAGE` with `SYSLOG_IDENTIFIER` and `_PID`, as auth-log reads it' },
  { record: '_TRANSPORT=audit', field: 'everything else', from: '`MESSAGE`, as auditd reads it' },
  { record: '*', field: 'attributes', from: 'the other fields of the entry' },
];
