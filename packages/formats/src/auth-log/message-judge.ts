import type { Finding, Message } from './claim.ts';
import { Joins } from './joins.ts';
import { loginFinding } from './login.ts';
import { pamFinding, pamTag, pamText } from './pam.ts';
import { JUDGES, programOf, quietCode } from './programs.ts';

/** A message and its tag as they were logged. */
export interface Said {
  readonly tag: string;
  readonly pid: string;
  readonly host: string;
  readonly message: string;
}

export interface Judged {
  readonly message: Message;
  readonly finding: Exclude<Finding, undefined>;
}

/**
 * Judges what programs say, in whatever it came: files, the journal, a stream. PAM's modules speak with the tag of the program that loaded them, so they
 * are told by their own head; only then the program is asked.
 */
export class MessageJudge {
  readonly #joins = new Joins();
  #tag = '';
  #program = '';

  judge({ tag, pid, host, message: text }: Said): Judged {
    if (tag !== this.#tag) {
      this.#tag = tag;
      this.#program = programOf(tag);
    }
    const message: Message = { program: this.#program, pid, host, text };
    const finding = findingOf(message, tag);
    return { message, finding: typeof finding === 'string' ? finding : this.#joins.joined(finding, message) };
  }
}

function findingOf(message: Message, tag: string): Exclude<Finding, undefined> {
  const { text, program } = message;
  if (text.startsWith('pam_') || text.startsWith('PAM-')) return pamFinding(message) ?? 'pam_other';
  if (text.startsWith('PAM ') && text.includes(' more authentication failure'))
    return pamText({ module: 'PAM', service: program, type: 'auth', text: text.slice(4) }) ?? 'pam_other';
  const old = pamTag(tag);
  if (old !== undefined) return pamText({ ...old, type: '', text }) ?? 'pam_other';
  const login = program === '' ? LOGIN_TAG.exec(text) : null;
  if (login !== null) return loginFinding({ ...message, program: 'login', text: text.slice(login[0].length) }) ?? 'other_message';
  const judge = JUDGES.get(program);
  return judge === undefined ? quietCode(program) : (judge(message) ?? 'other_message');
}

/** login(1) once called itself ` -- NAME` when it had let somebody in. */
const LOGIN_TAG = /^ ?-- [\w.-]{1,32}\[\d{1,10}\]: /;
