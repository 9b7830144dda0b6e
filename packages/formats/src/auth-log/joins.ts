import { Recent } from '../recent.ts';
import type { Claim, Message } from './claim.ts';

interface Known {
  readonly user: string | undefined;
  readonly from: string | undefined;
  readonly port: string | undefined;
}

/** Sessions that are open at one time; the oldest is forgotten beyond that, and its later lines keep only what they say themselves. */
const SESSIONS_MAX = 10_000;

/**
 * What an earlier line of the same process or session said and a later one leaves out: the address of an SSH session that PAM opens and closes, who
 * is behind a file of sftp-server, whose session systemd-logind removed. A join is made only when the names agree, and is marked.
 */
export class Joins {
  readonly #known = new Recent<string, Known>(SESSIONS_MAX);

  /** The claim with what is known of its session. */
  joined(claim: Claim, message: Message): Claim {
    const key = keyOf(claim, message);
    if (key === undefined) return claim;
    const known = this.#known.get(key);
    this.#learn(key, claim);
    if (known === undefined) return claim;
    if (!isOfSession(claim, known)) return claim;
    const user = claim.user === undefined && known.user !== undefined;
    const from = claim.from === undefined && known.from !== undefined && (claim.user === undefined || claim.user === known.user);
    if (!user && !from) return claim;
    const what = user ? (from ? ['user_id', 'ip_address'] : ['user_id']) : ['ip_address'];
    return {
      ...claim,
      user: user ? known.user : claim.user,
      actor: user ? undefined : claim.actor,
      from: from ? known.from : claim.from,
      attributes: { ...claim.attributes, joined: what },
    };
  }

  #learn(key: string, claim: Claim): void {
    if (ENDS.has(claim.type)) {
      this.#known.delete(key);
      return;
    }
    const opened = claim.type === 'session opened' && (claim.from !== undefined || claim.effectiveUser !== undefined);
    const begins = claim.type === 'New session' || opened || (claim.from !== undefined && claim.status === 'Accepted');
    if (!begins) return;
    this.#known.set(key, { user: claim.user, from: claim.from, port: claim.port });
  }
}

/** An attempt to come in has not yet a session, whoever had this number of a process before; nor is another end of a connection of it. */
function isOfSession(claim: Claim, known: Known): boolean {
  if (claim.category === 'authentication') return false;
  const other = claim.from !== undefined && known.from !== undefined && claim.from !== known.from;
  return !other && (claim.port === undefined || known.port === undefined || claim.port === known.port);
}

/** Programs whose session has two users: who opened it, and who it is for. */
const BECOMES = new Set(['su', 'sudo', 'runuser', 'doas']);
const ENDS = new Set(['session closed', 'Removed session']);

function keyOf(claim: Claim, { program, pid, host }: Message): string | undefined {
  if (program === 'systemd-logind') return claim.session === undefined ? undefined : `${host} session ${claim.session}`;
  if (pid === '' || (claim.protocol !== 'ssh' && claim.protocol !== 'sftp' && !BECOMES.has(program))) return undefined;
  // What had the number before may have been another program: sshd's and sftp's share theirs, these do not.
  return BECOMES.has(program) ? `${host} ${program} ${pid}` : `${host} ${pid}`;
}
