import { type Format, HEAD_BYTES_MAX, isOwnJson } from '@daybook/formats';
import { batches, type Batch } from './batches.ts';
import { withHead } from './choose.ts';
import type { BrokenInput, JsonItem } from './cutter.ts';
import type { Delivery } from './delivery.ts';
import type { Input } from './input.ts';
import { jsonItems } from './json-items.ts';
import { onOneLine } from './one-line.ts';
import type { ReadingOptions } from './reading.ts';
import { type ImportReply, sendBatch } from './send.ts';
import { addRejection, type ImportSummary } from './summary.ts';
import { UnreadableInput } from './unpack.ts';

/**
 * An input whose records are Daybook's own events, as its beginning shows: JSON about which nothing was said, of which the server makes what is made of it here. Other programs'
 * records are read by the format, which knows more of their names. Returns the input, whose stream begins anew.
 */
export async function rawInput(
  input: Input,
  format: Format | undefined,
  { raw, zone }: ReadingOptions,
): Promise<{ readonly input: Input; readonly isRaw: boolean }> {
  if (!raw || format?.name !== 'json') return { input, isRaw: false };
  const { head, whole } = await withHead(input.stream);
  const text = new TextDecoder().decode(head.subarray(0, HEAD_BYTES_MAX));
  return { input: { ...input, stream: whole }, isRaw: isOwnJson(text, { writtenMs: input.writtenMs, zone, options: {} }) };
}

/** Daybook's own events as JSON go to the server byte for byte: what they hold is for its strict parser to judge, and numbers stay exact. */
export async function sendRawJson(input: Input, delivery: Delivery, summary: ImportSummary, read: () => void): Promise<void> {
  const count = (batch: Batch, reply: ImportReply) => {
    summary.accepted += reply.accepted;
    summary.duplicates += reply.duplicates;
    for (const { item, ...reason } of reply.rejected) addRejection(summary, { file: input.name, line: batch.lines[item] ?? 0, ...reason });
  };
  for await (const batch of batches(rawItems(input, summary, read))) {
    if (delivery.failed) return;
    await delivery.send(async () => count(batch, await sendBatch(batch, delivery.options)));
  }
}

/** The items of a file, those that can't be sent taken out and counted. */
export async function* rawItems(input: Input, summary: ImportSummary, read: () => void): AsyncGenerator<JsonItem> {
  const broken = ({ line, message }: BrokenInput) =>
    addRejection(summary, { file: input.name, line, code: 'unreadable', field: '', message: `${message}; nothing behind it was read` });
  let line = 1;
  try {
    for await (const item of jsonItems(input.stream, broken)) {
      summary.read++;
      line = item.line;
      read();
      const sendable = onOneLine(item);
      if (sendable !== undefined) yield sendable;
      else addRejection(summary, { file: input.name, line, code: 'json_syntax', field: '', message: 'this item is no JSON' });
    }
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    broken({ line, message: error.message });
  }
}
