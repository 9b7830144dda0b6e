/**
 * The value of a JSON number literal when a double holds it without loss: what ECMAScript prints for the double has the same decimal digits, and
 * integers are within ±(2^53−1). `1.10` and `1e2` are exact; `0.12345678901234567891` and `9007199254740993` are not.
 */
export function exactNumber(literal: string): number | undefined {
  const value = Number(literal);
  // A double holds any 15 digits; only an exponent can push them out of range.
  if (literal.length <= 15 && !EXPONENT.test(literal)) return value;
  if (!Number.isFinite(value) || isUnsafeInteger(value)) return undefined;
  return decimal(literal) === decimal(String(value)) ? value : undefined;
}

const EXPONENT = /[eE]/;

/** The digits without leading and trailing zeros, and the power of ten of the first: equal for equal decimal numbers. Linear in the length. */
function decimal(literal: string): string {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  let first = 0;
  while (first < digits.length && digits.charCodeAt(first) === 48) first++;
  if (first === digits.length) return '0';
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48) end--;
  return `${digits.slice(first, end)}e${whole.length - first + Number(exponent)}`;
}

/** Whether the number is printed as an integer beyond ±(2^53−1). From 1e21 on ECMAScript prints an exponent: no integer literal any more. */
export function isUnsafeInteger(value: number): boolean {
  const magnitude = Math.abs(value);
  return magnitude > Number.MAX_SAFE_INTEGER && magnitude < 1e21;
}
