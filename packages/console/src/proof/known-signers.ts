import type { Verifier } from '@daybook/tlog';

/** Keys by origin, as this browser saw them first. A server that changes its key is a server that could have written its log anew. */
const KEY = 'daybook.signers';

export type SignerMemory = { readonly kind: 'known' | 'new' } | { readonly kind: 'changed'; readonly before: string };

export function knownSigner({ name }: Verifier, verifierKey: string): SignerMemory {
  const before = all().get(name);
  if (before === verifierKey) return { kind: 'known' };
  if (before !== undefined) return { kind: 'changed', before };
  remember(name, verifierKey);
  return { kind: 'new' };
}

export function remember(origin: string, verifierKey: string): void {
  const known = all();
  known.set(origin, verifierKey);
  localStorage.setItem(KEY, [...known].map(([name, key]) => `${name} ${key}`).join('\n'));
}

/** The key that this browser saw first for an origin. */
export function signerOf(origin: string): string | undefined {
  return all().get(origin);
}

/** Neither a name of a key nor a key holds white space. */
function all(): Map<string, string> {
  const lines = (localStorage.getItem(KEY) ?? '').split('\n');
  return new Map(
    lines.flatMap((line) => (line.includes(' ') ? [[line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const] : [])),
  );
}
