import { KEYS, parseStrict } from '@daybook/protocol';
import { claimedEvent } from '../claims/claims.ts';
import { knownEvent } from '../claims/known.ts';
import { isObject } from '../claims/json-values.ts';
import { CLAIMS_MAPPING, mapped, parseMapping } from '../claims/mapping.ts';
import type { Context, Format, Head } from '../format.ts';
import { quarantine, type Verdict } from '../result.ts';

/**
 * Objects of any program. Read strictly, as the server reads: a key that stands twice, a number of more digits than a double holds, half a character are refused with
 * the server's codes, and never repaired. Without a mapping the record's own bytes are what may be sent.
 */
export const json: Format = {
  name: 'json',
  title: 'JSON of any program: objects in lines, in a list, or one after the other',
  source: 'json',
  framing: 'json',
  keepsOriginal: false,
  recognise,
  open: (context) => {
    const option = context.options['mapping'];
    const mapping = option === undefined ? undefined : parseMapping(option);
    return { parse: (record, emit) => emit(record, judge(record.text, context, mapping)), end: () => undefined };
  },
  mapping: CLAIMS_MAPPING,
};

/** Little: whatever knows such objects better comes first. */
function recognise({ text }: Head): number {
  const begin = text.trimStart();
  if (!/^(?:\{\s*["}]|\[\s*[{\]])/.test(begin)) return 0;
  const known = [...begin.slice(0, 4000).matchAll(/"([\w@]{1,40})"\s*:/g)].filter(([, key = '']) => KEYS.has(key)).length;
  return known > 1 ? 0.2 : 0.1;
}

function judge(text: string, context: Context, mapping: ReturnType<typeof parseMapping> | undefined): Verdict {
  const result = parseStrict(text);
  if (!result.ok) return quarantine(result.code, `${result.message}${result.path === '' ? '' : ` (${result.path})`}`);
  const { value } = result;
  if (!isObject(value)) return quarantine('not_an_object', 'an event is an object');
  return mapping === undefined ? knownEvent(value, context) : claimedEvent(mapped(mapping, value), context, false);
}
