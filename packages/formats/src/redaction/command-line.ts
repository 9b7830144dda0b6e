/** Words that a secret follows, in commands and their environment. */
const NAMED =
  /((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?|identified(?: +with +\S{1,64})? +by)(?:=|:| +))("[^"]+"?|'[^']+'?|[^\s"';]+)/gi;
/** Of a URL: the password before the host. */
const IN_URL = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,100}:)[^\s/@]{1,300}(?=@)/gi;
/** `Authorization: Bearer x`, as curl takes it. */
const BEARER = /((?:bearer|basic) +)[\w.~+/=-]{6,}/gi;
/** mysql and its kin: the password stands right behind `-p`. */
const MYSQL = /(\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|sshpass)\b[^|;]{0,200}? -p)(?=\S)[^\s;|]+/g;
/** `curl -u name:password`. */
const CURL = /(\bcurl\b[^|;]{0,400}? (?:-u|--user)[ =]?[^\s:]{1,100}:)[^\s;|]+/g;
/** Words that begin like a secret's name and are none: `passwd alice`, `--password-file x`. */
const PROGRAMS = /^(?:passwd|pwd|token|secret|password|credentials?) /i;

/** A command line with its secrets masked; the same string when it shows none. What it can't know as a secret stays. */
export function redactedCommand(command: string): string {
  if (!SUSPECT.test(command)) return command;
  return command
    .replace(IN_URL, '$1[redacted]')
    .replace(BEARER, '$1[redacted]')
    .replace(NAMED, (whole: string, before: string, secret: string, at: number) => {
      const quote = /^["']/.exec(secret)?.[0] ?? '';
      const end = quote !== '' && secret.endsWith(quote) ? quote : '';
      return isSecretName(command, at, before) || quote !== '' ? `${before}${quote}[redacted]${end}` : whole;
    })
    .replace(MYSQL, '$1[redacted]')
    .replace(CURL, '$1[redacted]');
}

const SUSPECT = /pass|pwd|secret|token|key|credential|:\/\/|bearer|basic|identified| -p| -u|--user/i;

/** `--password x`, `PASSWORD=x`, `password: x`; of words with a blank behind them only options, for `passwd alice` names a person. A text in quotes is of SQL: `PASSWORD 'x'`. */
function isSecretName(command: string, at: number, before: string): boolean {
  if (!PROGRAMS.test(before)) return !/ /.test(before) || command[at - 1] === '-' || before.includes(':') || before.includes('=');
  return command[at - 1] === '-';
}
