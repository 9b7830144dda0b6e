export { type Repetition, repetitionOf } from './repeated.ts';
export { type StructuredData } from './structured-data.ts';
export { type SyslogLine, SyslogReader } from './syslog.ts';
