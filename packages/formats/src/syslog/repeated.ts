/** A message that stands for several. */
export interface Repetition {
  readonly times: number;
  /** undefined: the message before it, of the same host. */
  readonly message: string | undefined;
}

/** rsyslog's `$RepeatedMsgReduction`; systemd-journald and newer syslogds write the same. */
const QUOTED = /^message repeated (\d{1,9}) times?: \[ ?/;
/** sysklogd, BSD, older rsyslog. macOS puts dashes around it. */
const LAST = /^(?:--- )?last message repeated (\d{1,9}) times?(?: ---)?$/;

/** The repetition that a message tells of; undefined when it is an ordinary message. */
export function repetitionOf(message: string): Repetition | undefined {
  if (message.startsWith('message repeated ') && message.endsWith(']')) {
    const found = QUOTED.exec(message);
    return found === null ? undefined : { times: Number(found[1]), message: message.slice(found[0].length, -1) };
  }
  if (!message.startsWith('last message repeated ') && !message.startsWith('--- last message')) return undefined;
  const found = LAST.exec(message.trimEnd());
  return found === null ? undefined : { times: Number(found[1]), message: undefined };
}
