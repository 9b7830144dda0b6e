/**
 * What a request is answered, as Protocol Buffers.
 *
 *     ExportLogsServiceResponse { ExportLogsPartialSuccess partial_success = 1 }
 *     ExportLogsPartialSuccess  { int64 rejected_log_records = 1; string error_message = 2 }
 *     google.rpc.Status         { int32 code = 1; string message = 2 }
 */
export function logsResponse(rejected: number, message: string): Uint8Array {
  return rejected === 0 && message === '' ? new Uint8Array(0) : field(1, numberAndText(rejected, message));
}

export function statusMessage(code: number, message: string): Uint8Array {
  return numberAndText(code, message);
}

function numberAndText(number: number, text: string): Uint8Array {
  const head = number === 0 ? [] : [0x08, ...varint(number)];
  const tail = text === '' ? new Uint8Array(0) : field(2, new TextEncoder().encode(text));
  return new Uint8Array([...head, ...tail]);
}

function field(number: number, bytes: Uint8Array): Uint8Array {
  return new Uint8Array([(number << 3) | 2, ...varint(bytes.length), ...bytes]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}
