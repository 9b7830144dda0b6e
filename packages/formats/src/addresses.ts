const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/;
/** The longest text of an IPv6 address, a v4 tail with it. */
const V6_CHARS_MAX = 45;

/** The text when it is an address (the server reads it exactly); a host name or rubbish is none. */
export function addressOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (V4.test(text)) return text;
  const bare = text.replace(/%.*$/, '');
  if (bare.length > V6_CHARS_MAX || !/^[\da-f:]*(?:\d+(?:\.\d+){3})?$/i.test(bare)) return undefined;
  if (/^:(?!:)|:::|[^:]:$/.test(bare)) return undefined;
  const groups = bare.split(':');
  const gaps = bare.split('::').length - 1;
  if (groups.length < 3 || groups.length > 9 || gaps > 1 || groups.some((group) => group.length > 4 && !V4.test(group))) return undefined;
  return gaps === 1 || groups.length === 8 || (groups.length === 7 && bare.includes('.')) ? bare : undefined;
}
