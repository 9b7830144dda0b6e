import { addressOf, resourceOf } from './workload.ts';

/** An ExportLogsServiceRequest of records as an instrumented web application sends them: a dozen attributes each. */
export function encodeLogs(first: number, count: number, random: () => number): Buffer {
  const resource = message(
    1,
    attribute('service.name', 'shop'),
    attribute('host.name', 'app-1'),
    attribute('deployment.environment.name', 'production'),
  );
  const records = Array.from({ length: count }, (_, i) => record(first + i, random));
  const scopeLogs = message(2, message(1, text(1, 'shop/http'), text(2, '1.4.2')), ...records);
  return message(1, resource, scopeLogs);
}

function record(serial: number, random: () => number): Buffer {
  const nanos = 1_767_600_000_000_000_000n + BigInt(serial) * 7_000_000n;
  const path = resourceOf(Math.floor(200_000 * random() ** 3));
  const user = `u${10_000 + Math.floor(20_000 * random() ** 3)}`;
  return message(
    2,
    fixed64(1, nanos),
    Buffer.from([0x10, 9]),
    text(3, 'INFO'),
    message(5, text(1, `GET ${path}`)),
    attributeOf(6, 'user.id', user),
    attributeOf(6, 'client.address', addressOf(Math.floor(8000 * random() ** 3))),
    attributeOf(6, 'http.request.method', 'GET'),
    attributeOf(6, 'url.path', path),
    attributeOf(6, 'http.route', '/api/v1/:kind/:id'),
    attributeOf(6, 'url.scheme', 'https'),
    message(6, text(1, 'http.response.status_code'), message(2, Buffer.from([0x18, 200, 1]))),
    attributeOf(6, 'user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Firefox/141.0'),
    attributeOf(6, 'session.id', `s${serial % 5000}`),
    bytes(9, Buffer.from(`${serial}`.padStart(16, 't'))),
    bytes(10, Buffer.from(`${serial}`.padStart(8, 's').slice(-8))),
    fixed64(11, nanos + 1000n),
  );
}

const attribute = (key: string, value: string) => attributeOf(1, key, value);
const attributeOf = (number: number, key: string, value: string) => message(number, text(1, key), message(2, text(1, value)));
const text = (number: number, value: string) => bytes(number, Buffer.from(value));
const message = (number: number, ...parts: readonly Buffer[]) => bytes(number, Buffer.concat(parts));

function bytes(number: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(value.length)]), value]);
}

function fixed64(number: number, value: bigint): Buffer {
  const out = Buffer.alloc(9);
  out[0] = (number << 3) | 1;
  out.writeBigUInt64LE(value, 1);
  return out;
}

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) out.push((rest & 0x7f) | 0x80);
  return [...out, rest];
}
