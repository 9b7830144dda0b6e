import type { AuditRecord } from './record.ts';
import { bytesOf, decoded, untrusted } from './record.ts';

/** Arguments of one command that are put together; a longer one is cut, and says so. */
export const COMMAND_CHARS_MAX = 65_536;
/** `ausearch -i` writes blanks as they are: an argument ends where the next begins. */
const ARGUMENT = / ?a(\d+)(?:\[(\d+)\])?=(?:"([^"]*)"|([^ ]*(?: (?!a\d+(?:_len|\[\d+\])?=)[^ ]*)*))/g;
const HEX = /^(?:[\dA-F]{2})+$/;

/**
 * The command of an event's EXECVE records: `argc=2 a0="ls" a1=2D6C`; of a long one several records, and a long argument in pieces: `a1_len=9000 a1[0]=…
 * a1[1]=…` (kernel/auditsc.c audit_log_execve_info()). Without them the title of the process, with NUL between its arguments.
 */
export function commandOf(records: readonly AuditRecord[]): string | undefined {
  const parts: { number: number; text: string; hex: boolean }[] = [];
  let chars = 0;
  for (const { type, body } of records) {
    if (type !== 'EXECVE') continue;
    for (const [, number = '', piece, quoted, bare = ''] of body.matchAll(ARGUMENT)) {
      const text = quoted ?? bare;
      chars += text.length;
      if (chars > 2 * COMMAND_CHARS_MAX) break;
      const last = parts.at(-1);
      const hex = quoted === undefined && HEX.test(text);
      if (piece !== undefined && last?.number === Number(number)) {
        last.text = last.hex === hex ? last.text + text : textOf(last) + textOf({ text, hex });
        last.hex &&= hex;
      } else parts.push({ number: Number(number), text, hex });
    }
  }
  if (parts.length > 0) return parts.map(textOf).join(' ').slice(0, COMMAND_CHARS_MAX);
  const title = records.find(({ type }) => type === 'PROCTITLE');
  return title === undefined ? undefined : titleOf(title.body)?.slice(0, COMMAND_CHARS_MAX);
}

/** `ausearch -i` writes it bare, with blanks. */
function titleOf(body: string): string | undefined {
  const at = body.indexOf('proctitle=');
  if (at < 0) return undefined;
  const bare = body.slice(at + 10);
  const title = bare.startsWith('"') || HEX.test(bare.trimEnd()) ? untrusted(body.trimEnd(), 'proctitle') : bare;
  return title?.replaceAll('\0', ' ').trimEnd();
}

function textOf({ text, hex }: { readonly text: string; readonly hex: boolean }): string {
  return hex ? new TextDecoder().decode(bytesOf(text)) : decoded(text);
}

const PLAIN_VALUE = /( a\d+(?:\[\d+\])?=| ?proctitle=| cmd=| data=)(?:"[^"]*"|\[redacted\]|[^\s']*)/g;

/** The text of an event whose command holds a secret: what was given to the command is left out, for it may stand in hexadecimal. */
export function withoutCommand(text: string): string {
  if (text.startsWith('{')) return '[redacted: the command of this event holds a secret]';
  return text
    .split('\n')
    .map((line) =>
      /(?:type=|: )(?:EXECVE|PROCTITLE|USER_CMD|TTY|USER_TTY)\b/.test(line) ? line.replace(PLAIN_VALUE, '$1[redacted]') : line,
    )
    .join('\n');
}
