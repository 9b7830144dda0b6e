import type { Claim } from './claim.ts';

export interface ModuleText {
  readonly pattern: RegExp;
  readonly outcome: Claim['outcome'];
  readonly mfa?: boolean;
  /** The account is none that there is. */
  readonly invalid?: boolean;
}

/** What modules say when they refuse or let in; the first group is the account, the second the other end. */
export const MODULE_TEXTS: readonly ModuleText[] = [
  { pattern: /^account (\S+) has expired/, outcome: 'denied' },
  {
    pattern: /^(?:Access|access) denied for user [`'"]?(\S+?)['"]?(?: from [`'"](\S+?)['"]| from (?:`|')?(\S+))?(?::|$)/,
    outcome: 'denied',
  },
  {
    pattern:
      /^received for user (.+): (?:6|13|11) \((?:Permission denied|User account has expired|Have exhausted maximum number of retries for service)\)$/,
    outcome: 'denied',
  },
  {
    pattern: /^received for user (.+): \d+ \((?:Authentication failure|Permission denied|User account has expired|.*)\)$/,
    outcome: 'failure',
  },
  { pattern: /^Consecutive login failures for user (.+) account temporarily locked$/, outcome: 'denied' },
  { pattern: /^user (\S+) \(\d+\) (?:has )?tally \d+, deny \d+$/, outcome: 'denied' },
  { pattern: /^user (\S+) \(\d+\) has time limit/, outcome: 'denied' },
  { pattern: /^requirement ".*" not met by user "([^"]*)"$/, outcome: 'denied' },
  { pattern: /^user (\S+) inactive for \d+ days - denied$/, outcome: 'denied' },
  { pattern: /^expired password for user (\S+) \(/, outcome: 'denied' },
  { pattern: /^User (\S+) not allowed$/, outcome: 'denied' },
  { pattern: /^error retrieving information about user (.+)$/, outcome: 'failure', invalid: true },
  // nss-pam-ldapd's pam.c: what pam_strerror() says, and the account.
  { pattern: /^(?:Permission denied|Access denied|User account has expired); user=(.+)$/, outcome: 'denied' },
  { pattern: /^[A-Z][^;]{1,100}; user=(.+)$/, outcome: 'failure' },
  { pattern: /^error trying to bind as user "(.*)" \(/, outcome: 'failure' },
  { pattern: /^authentication succeeds for '(.*?)' \(\S*\)$/, outcome: 'success' },
  { pattern: /^authentication fails for '(.*?)' \(\S*\)(?:: .*)?$/, outcome: 'failure' },
  { pattern: /^account checks fail for '(.*?)(?:@[^'@]*)?': /, outcome: 'denied' },
  { pattern: /^could not obtain user info \((.*)\)$/, outcome: 'failure', invalid: true },
  { pattern: /^could not identify user \(from getpwnam\((.*)\)\)$/, outcome: 'failure', invalid: true },
  { pattern: /^check pass; user \((.*)\) unknown$/, outcome: 'failure', invalid: true },
  { pattern: /^User unknown: (.+)$/, outcome: 'failure', invalid: true },
  { pattern: /^user `(.*)' not found in the database$/, outcome: 'failure', invalid: true },
  { pattern: /^user (\S+) rejected$/, outcome: 'denied' },
  { pattern: /^password check failed for user \((.*)\)$/, outcome: 'failure' },
  { pattern: /^Refused user (\S+) for service/, outcome: 'denied' },
  { pattern: /^Too many (?:system )?logins .* for (\S+)$/, outcome: 'denied' },
  { pattern: /^Access denied (?:to|for) '([^']*)'/, outcome: 'denied' },
  { pattern: /^Access granted to '([^']*)'/, outcome: 'success' },
  { pattern: /^access denied: tty '.*' is not secure/, outcome: 'denied' },
  { pattern: /^Accepted google_authenticator for (.+)$/, outcome: 'success', mfa: true },
  { pattern: /^Invalid verification code(?: for (.+))?$/, outcome: 'failure', mfa: true },
  { pattern: /^user [`']?(\S+?)'? granted access$/, outcome: 'success' },
  { pattern: /^user [`']?(\S+?)'? denied access \(incorrect password/, outcome: 'failure' },
  { pattern: /^user [`']?(\S+?)'? denied access/, outcome: 'denied' },
  // pam_ssh_agent_auth.c: which key's account, and in whose file it stands.
  { pattern: /^Authenticated: `(.*)' as `.*' using \S+$/, outcome: 'success' },
  { pattern: /^Failed Authentication: `(.*)' as `.*' using \S+$/, outcome: 'failure' },
  { pattern: /^user (\S+) authenticated as \S+$/, outcome: 'success' },
  { pattern: /^(?:auth could not identify password for|bad username) \[(.*)\]$/, outcome: 'failure' },
  // pam_duo.c duo_log(): `EVENT for 'NAME'[ from ADDRESS][: REASON]`; let in without a second factor are those whom the service or its absence excuses.
  { pattern: /^Successful Duo login for '(.*)'(?: from '?([\da-fA-F.:]+?)'?)?(?:: .*)?$/, outcome: 'success', mfa: true },
  { pattern: /^(?:Skipped|Failsafe) Duo login for '(.*)'(?: from '?([\da-fA-F.:]+?)'?)?(?:: .*)?$/, outcome: 'success', mfa: false },
  { pattern: /^Failed Duo login for '(.*)'(?: from '?([\da-fA-F.:]+?)'?)?(?:: .*)?$/, outcome: 'failure', mfa: true },
  { pattern: /^(?:Aborted|Failsecure) Duo login for '(.*)'(?: from '?([\da-fA-F.:]+?)'?)?(?:: .*)?$/, outcome: 'denied', mfa: true },
  { pattern: /^(?:Authentication failed|Authentication failure) for (\S+)/, outcome: 'failure' },
];
