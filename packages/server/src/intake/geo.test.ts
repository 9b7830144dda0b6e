import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Reader, type Response } from 'mmdb-lib';
import { describe, expect, it } from 'vitest';
import { openFiles } from '../base/files-real.ts';
import { Geo, openGeo } from './geo.ts';
import { testReader } from './test-reader.ts';

/** A value of the MMDB data section: maps, texts, numbers. */
function data(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(6, 4), bytes]);
  }
  const members = Object.entries(value as object);
  return Buffer.concat([control(7, members.length), ...members.flatMap(([key, item]) => [data(key), data(item)])]);
}

function control(type: number, size: number): Buffer {
  return size < 29 ? Buffer.of((type << 5) | size) : Buffer.of((type << 5) | 29, size - 29);
}

/** A file that holds one IPv4 network of `bits` bits with one record: a chain of nodes of 24-bit records, then the data, then the metadata. */
function mmdb(network: number, bits: number, record: object): Buffer {
  const nodes = Buffer.alloc(bits * 6);
  for (let depth = 0; depth < bits; depth++) {
    const next = depth === bits - 1 ? bits + 16 : depth + 1;
    const bit = (network >>> (31 - depth)) & 1;
    nodes.writeUIntBE(bit === 0 ? next : bits, depth * 6, 3);
    nodes.writeUIntBE(bit === 1 ? next : bits, depth * 6 + 3, 3);
  }
  const metadata = data({
    node_count: bits,
    record_size: 24,
    ip_version: 4,
    database_type: 'Test',
    binary_format_major_version: 2,
    build_epoch: 1,
  });
  return Buffer.concat([nodes, Buffer.alloc(16), data(record), Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), metadata]);
}

const CITY = mmdb(0x0a010000, 16, { country: { iso_code: 'CH' }, city: { names: { en: 'Bern' } } });
const ASN = mmdb(0x0a000000, 8, { autonomous_system_number: 64500, autonomous_system_organization: 'Example' });
const geo = new Geo([new Reader<Response>(CITY), new Reader<Response>(ASN)]);

describe('places', () => {
  it('are looked up in all files', () => {
    expect(geo.of('10.1.2.3')).toEqual({ countryCode: 'CH', city: 'Bern', asn: 64500, asOrg: 'Example' });
    expect(geo.of('10.2.2.3')).toMatchObject({ countryCode: undefined, asn: 64500 });
    expect(geo.of('192.168.0.1')).toMatchObject({ countryCode: undefined, asn: undefined });
    expect(geo.of('2001:db8::1').asn).toBeUndefined();
  });

  it('are added to events that name none', async () => {
    const reader = testReader({ geo });
    expect(await reader.event({ user_id: 'u', ip: '10.1.2.3', city: 'Thun' })).toMatchObject({
      country_code: 'CH',
      city: 'Thun',
      asn: 64500,
      as_org: 'Example',
    });
  });

  it('come from the files of the setting, which must be such files', async () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-geo-'));
    try {
      const file = path.join(dir, 'city.mmdb');
      const open = () => openGeo({ config: { mmdb: [file] }, files: openFiles() } as unknown as Parameters<typeof openGeo>[0]);
      await expect(open()).rejects.toMatchObject({ code: 'bad_setting' });
      writeFileSync(file, 'no such file');
      await expect(open()).rejects.toMatchObject({ code: 'bad_setting' });
      writeFileSync(file, CITY);
      expect((await open()).of('10.1.0.0').city).toBe('Bern');
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
