import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';

// The package as a browser gets it: the other implementation behind #crypto.
vi.mock('#crypto', () => import('./crypto-web.ts'));
test('a whole log and a proof are verified without node:crypto', async () => {
  const { MemoryLog, numbered } = await import('../test-kit/memory-log.ts');
  const { fsck, parseTlogProof, verifyTlogProof } = await import('./index.ts');
  const log = new MemoryLog().add(...numbered(300));
  const crypto = await import('#crypto');
  expect(crypto.allocate(1)).not.toBeInstanceOf(Buffer);
  const codes: string[] = [];
  for await (const { code } of fsck(log, { verifier: log.verifier, entries: true })) codes.push(code);
  expect(codes).toEqual([]);
  const proof = parseTlogProof(await log.proof(77));
  expect(verifyTlogProof(proof, log.entries[77] ?? new Uint8Array(), log.verifier).index).toBe(77);
  expect(() => verifyTlogProof(proof, new Uint8Array(), log.verifier)).toThrow('do not lead');
});

test('no source but crypto-node needs Node, and none but the two needs a package', () => {
  const sources = readdirSync(import.meta.dirname).filter((name) => !name.endsWith('.test.ts') && !name.startsWith('crypto-'));
  expect(sources).toContain('index.ts');
  for (const name of sources) {
    const code = readFileSync(path.join(import.meta.dirname, name), 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '');
    const imports = [...code.matchAll(/from '([^']+)'/g)].map((match) => match[1] ?? '');
    expect([name, imports.filter((from) => from !== '#crypto' && !from.startsWith('./'))]).toEqual([name, []]);
    expect([name, /\b(?:Buffer|process\.|require\()/.test(code)]).toEqual([name, false]);
  }
});
