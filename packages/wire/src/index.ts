export { logRecordsOfJson, OtlpJsonFault } from './otlp/json.ts';
export { logRecordsOf } from './otlp/protobuf.ts';
export type { Attributes, LogRecord, Scope } from './otlp/record.ts';
export { logsResponse, statusMessage } from './otlp/reply.ts';
export { datagramFrame, type Frame, type FrameFault, MESSAGE_BYTES_MAX, SyslogFramer } from './syslog/framer.ts';
