import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressRanges, isRange } from './address-ranges.ts';
import { openPasswords, checkNewPassword } from './control/password.ts';
import { allows, BUILT_IN_ROLES, granted, PERMISSIONS, type RoleDefinition } from './policy.ts';
import { systemRandom } from './random.ts';
import { inScope, masked, SCOPE_FIELDS } from './scope.ts';
import { newTotpSecret, totpCode, totpStep } from './totp.ts';

const own = { source: ['shop'] };

describe('the policy', () => {
  test.each([
    ['admin', null, ['access:read', 'admin', 'alerts:handle', 'entries:read', 'events:read', 'events:write']],
    ['auditor', null, ['access:read', 'entries:read', 'events:read']],
    ['auditor', own, ['access:read', 'events:read']],
    ['analyst', own, ['alerts:handle', 'events:read']],
    ['analyst', null, ['alerts:handle']],
    ['viewer', own, ['events:read']],
    ['viewer', null, []],
    ['producer', null, ['events:write']],
  ] as const)('%s within %j may %j', (name, scope, expected) => {
    const access = granted([BUILT_IN_ROLES[name]], scope);
    expect([...access.permissions].sort()).toEqual(expected);
    for (const permission of Object.keys(PERMISSIONS))
      expect(allows(access, permission as keyof typeof PERMISSIONS)).toBe((expected as readonly string[]).includes(permission));
  });

  const role = fc.record({
    name: fc.constant('x'),
    permissions: fc.subarray(['events:read', 'entries:read', 'access:read'] as const),
    scoped: fc.boolean(),
    scope: fc.option(
      fc.dictionary(fc.constantFrom(...SCOPE_FIELDS), fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }), { minKeys: 1 }),
    ),
    masks: fc.subarray(['query_text', 'ip_address']),
  });
  const event = fc.dictionary(fc.constantFrom(...SCOPE_FIELDS), fc.constantFrom('a', 'b', 'c', 'd'));
  test('an own scope and masks are widened by no role, and whole entries are for who sees everything', () => {
    fc.assert(
      fc.property(
        fc.array(role),
        fc.option(fc.constant({ source: ['a'] })),
        fc.subarray(['changes']),
        event,
        (roles: RoleDefinition[], scope, masks, row) => {
          const access = granted(roles, scope, masks);
          const reads = access.permissions.has('events:read');
          const seen = access.scope === null || !reads ? undefined : access.scope;
          const narrowed = scope !== null || masks.length > 0;
          expect(reads && narrowed && seen === undefined).toBe(false);
          expect(seen !== undefined && access.permissions.has('entries:read')).toBe(false);
          expect(seen !== undefined && masks.some((mask) => Object.hasOwn(masked(seen, { [mask]: 1 }), mask))).toBe(false);
          expect(seen !== undefined && scope !== null && inScope(seen, 'event', row) && row['source'] !== 'a').toBe(false);
          expect(seen !== undefined && inScope(seen, 'daybook.read', row)).toBe(false);
        },
      ),
    );
  });
});

describe('addresses', () => {
  test.each([
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '::/129',
    '::ffff:10.0.0.0/104',
    'localhost',
    '10.0.0.1 ',
    'fe80::1%eth0',
    '0x0a.0.0.1',
    '1',
  ])('%s is no range', (text) => expect(isRange(text)).toBe(false));
  test('0 is everything, a full prefix is one, the families are apart', () => {
    expect(addressRanges(['0.0.0.0/0']).has('203.0.113.9')).toBe(true);
    expect(addressRanges(['0.0.0.0/0']).has('2001:db8::1')).toBe(false);
    expect(addressRanges(['::/0']).has('203.0.113.9')).toBe(false);
    expect(addressRanges(['192.0.2.1']).has('::ffff:192.0.2.1')).toBe(true);
    expect(addressRanges(['192.0.2.1']).has('nonsense')).toBe(false);
  });
});

describe('TOTP', () => {
  /** RFC 6238, appendix B, the last six of eight digits; the secret is "12345678901234567890". */
  const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  test.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %i it is %s', (seconds, code) => {
    const step = Math.floor(seconds / 30);
    expect(totpCode(SECRET, step)).toBe(code);
    for (const [late, found] of [[-60, undefined], [-30, step], [0, step], [30, step], [60, undefined]] as const)
      expect(totpStep(SECRET, code, seconds + late)).toBe(found);
  }); // biome-ignore format: pairs
  test('secrets are 160 bits in base32', () => {
    expect(newTotpSecret(systemRandom())).toMatch(/^[A-Z2-7]{32}$/);
  });
});

describe('passwords', () => {
  test('are hashed with a salt of their own, and nobody has none', async () => {
    const passwords = openPasswords(systemRandom());
    const [a, b] = [await passwords.hash('correct horse battery'), await passwords.hash('correct horse battery')];
    expect(a).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(a).not.toBe(b);
    expect(await passwords.verify('correct horse battery', a)).toBe(true);
    expect(await passwords.verify('correct horse batterY', a)).toBe(false);
    expect(await passwords.verify('', null)).toBe(false);
    // Typed on one system as one character, on another as two.
    expect(await passwords.verify('caf\u0065\u0301 au lait!!', await passwords.hash('caf\u00e9 au lait!!'))).toBe(true);
  });
  test.each(['short', 'aaaaaaaaaaaaaaaaaaaa', 'abababababababab', 'my name is Robert!', 'x'.repeat(300)])('%s is refused', (password) => {
    expect(() => checkNewPassword(password, 'robert')).toThrow(/password|Password/);
  });
});
