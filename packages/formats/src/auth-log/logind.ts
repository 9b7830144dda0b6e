import type { Finding, Message } from './claim.ts';

/** systemd src/login/logind-session.c: `New session 5 of user alice.`; since 256 `New session '5' of user 'alice' with class 'user' and type 'tty'.`. */
export function logindFinding({ text }: Message): Finding {
  const opened = /^New session '?([^\s']+?)'? of user '?(.+?)'?(?: with class ['"]?([\w-]*)['"]? and type ['"]?([\w-]*)['"]?)?\.$/.exec(
    text,
  );
  if (opened !== null) {
    const [, session, user, kind, type] = opened;
    const attributes = kind === undefined ? {} : { session_class: kind, session_type: type };
    return { type: 'New session', action: 'connect', category: 'session', outcome: 'success', user, session, attributes };
  }
  const ended = /^(?:Removed session '?([^\s']+?)'?\.|Session '?([^\s']+?)'? logged out\. Waiting for processes to exit\.)$/.exec(text);
  if (ended === null) return 'systemd_logind';
  // Of the two lines that end a session the first is its end, the second the clearing up.
  return ended[1] === undefined
    ? { type: 'Session logged out', action: 'logout', category: 'session', outcome: 'success', session: ended[2] }
    : { type: 'Removed session', action: 'disconnect', category: 'session', outcome: 'success', session: ended[1] };
}
