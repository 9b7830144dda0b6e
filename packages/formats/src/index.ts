export type { Context, Emit, Format, Framing, Head, MappingRow, Parser } from './format.ts';
export { stateless } from './format.ts';
export { FORMATS, formatNamed } from './formats.ts';
export { joined, type TextRecord } from './framing/framer.ts';
export { openReader, type Reader, type Start } from './reader.ts';
export { HEAD_BYTES_MAX, recognise } from './recognise.ts';
export { event, type EventFields, noise, type Place, quarantine, type Result, type Verdict } from './result.ts';
export { type Repetition, repetitionOf, type StructuredData, type SyslogLine, SyslogReader } from './syslog/index.ts';
export { UTC, type Zone, zoneOf } from './time/zone.ts';
