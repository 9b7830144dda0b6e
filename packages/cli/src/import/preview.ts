import { FIELDS, KEYS, parseStrictBytes } from '@daybook/protocol';
import { type Io, writeLine } from '../io.ts';
import { safe } from '../terminal.ts';
import type { JsonItem } from './cutter.ts';
import type { Input } from './input.ts';
import { addRejection, type ImportSummary } from './summary.ts';

const SHOWN_MAX = 3;

/** `--dry-run`: reads everything as strictly as the server does, shows what the first events' keys would become, sends nothing. */
export async function preview(io: Io, input: Input, items: AsyncIterable<JsonItem>, summary: ImportSummary, show: boolean): Promise<void> {
  let shown = 0;
  for await (const item of items) {
    const result = parseStrictBytes(item.bytes);
    const place = { file: input.name, line: item.line };
    if (!result.ok) addRejection(summary, { ...place, code: result.code, field: result.path, message: result.message });
    else if (typeof result.value !== 'object' || result.value === null || Array.isArray(result.value))
      addRejection(summary, { ...place, code: 'not_an_object', field: '', message: 'an event is a JSON object' });
    else {
      summary.accepted++;
      if (!show || shown++ >= SHOWN_MAX) continue;
      await writeLine(io.stdout, safe(`${input.name}:${item.line}`));
      for (const line of meanings(Object.entries(result.value))) await writeLine(io.stdout, `  ${safe(line)}`);
    }
  }
}

function meanings(members: readonly (readonly [string, unknown])[]): string[] {
  return members.map(([key, value]) => {
    const meaning = KEYS.get(key);
    const field = meaning?.kind === 'field' ? (FIELDS[meaning.field]?.name ?? key) : `attributes.${key}`;
    const text = JSON.stringify(value);
    return `${field} = ${text.length > 120 ? `${text.slice(0, 120)}…` : text}${field === key ? '' : `   (from ${key})`}`;
  });
}
