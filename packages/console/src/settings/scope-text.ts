/** A scope in words. */
export function scopeText(scope: Readonly<Record<string, readonly string[]>> | null): string {
  if (scope === null) return 'everything';
  return Object.entries(scope)
    .map(([field, values]) => `${field} ${values.join(' or ')}`)
    .join(', ');
}
