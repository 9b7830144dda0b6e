import { closeSync, constants, fstatSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { DEAD_LETTER_BYTES_MAX } from './bounds.ts';
import { nowMs, timeText } from './outside.ts';

/** Why an item is refused for good: the server's own words. */
export interface Refusal {
  readonly code: string;
  readonly field: string;
  readonly message: string;
}

/**
 * `NAME.dead.ndjson`: what the server refused for good, each with the reason; for a person to look at. All processes of a producer append to it. Each
 * line is `{"at":…,"code":…,"field":…,"message":…,"event":{…}}`; what is no record (a line that a power cut tore) is `"text"` in place of `"event"`.
 */
export class DeadLetters {
  readonly file: string;

  constructor(directory: string, name: string) {
    this.file = path.join(directory, `${name}.dead.ndjson`);
  }

  /** Throws when the disk does not take it, or too much is there already. */
  put(line: Buffer | string, { code, field, message }: Refusal): void {
    const text = line.toString().trimEnd();
    const reason = JSON.stringify({ at: timeText(nowMs()), code, field, message });
    const letter = Buffer.from(`${reason.slice(0, -1)},${isJson(text) ? `"event":${text}` : `"text":${JSON.stringify(text)}`}}\n`);
    mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
    const fd = openSync(this.file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    try {
      if (fstatSync(fd).size + letter.length > DEAD_LETTER_BYTES_MAX)
        throw new Error(`${this.file} is full: look through it and move it away`);
      // A write that is cut short leaves half a line; the next letter begins a new one all the same.
      if (writeSync(fd, letter) !== letter.length) {
        writeSync(fd, '\n');
        throw new Error('the disk took only a part of a dead letter');
      }
    } finally {
      closeSync(fd);
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
