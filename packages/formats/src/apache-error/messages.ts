/** What a message says of an access; phrases are those of Apache's source (server/core.c, server/request.c, server/protocol.c and the modules named beside). */
export interface Said {
  readonly type: string;
  readonly outcome: 'failure' | 'denied' | 'unknown' | 'success';
  readonly action: 'login' | 'connect' | 'access';
  readonly user?: string;
  readonly resource?: string;
  readonly address?: string;
}

interface Rule {
  readonly pattern: RegExp;
  readonly type: string;
  readonly outcome: Said['outcome'];
  readonly action?: Said['action'];
}

/**
 * All are anchored at the beginning, and what a client writes is behind the server's words, or between them up to their last occurrence. Groups: `user`, `resource`.
 */
const RULES: readonly Rule[] = [
  { pattern: /^client denied by server configuration: (?<resource>[^]*)$/, type: 'client denied by server configuration', outcome: 'denied' }, // mod_authz_core, mod_access_compat
  { pattern: /^client method denied by server configuration: '[^']*' to (?<resource>[^]*)$/, type: 'client method denied by server configuration', outcome: 'denied' }, // mod_allowmethods
  { pattern: /^user (?<user>[^]*): authentication failure for "(?<resource>[^]*)": [^"]*$/, type: 'authentication failure', outcome: 'failure', action: 'login' }, // mod_auth_basic
  { pattern: /^(?:Digest: )?user [`'](?<user>[^]*)' in realm [`'][^`']*' not found: (?<resource>[^]*)$/, type: 'user not found', outcome: 'failure', action: 'login' }, // mod_auth_digest
  { pattern: /^user (?<user>[^]*) not found: (?<resource>[^]*)$/, type: 'user not found', outcome: 'failure', action: 'login' },
  { pattern: /^user (?<user>[^]*): authorization failure for "(?<resource>[^]*)":[^"]*$/, type: 'authorization failure', outcome: 'denied' }, // mod_authz_core
  { pattern: /^(?:Digest: )?user (?<user>[^]*): password mismatch: (?<resource>[^]*)$/, type: 'password mismatch', outcome: 'failure', action: 'login' },
  { pattern: /^Digest: (?:invalid|client used wrong|uri mismatch|realm mismatch|nonce|received)[^]*$/, type: 'digest authentication failure', outcome: 'failure', action: 'login' },
  { pattern: /^(?:auth_ldap authenticate|vldap_authnz|AuthLDAP): user (?<user>[^]*) authentication failed; URI (?<resource>[^]*?) \[/, type: 'authentication failure', outcome: 'failure', action: 'login' }, // mod_authnz_ldap
  { pattern: /^client used wrong authentication scheme: (?<resource>[^]*)$/, type: 'wrong authentication scheme', outcome: 'failure', action: 'login' },
  { pattern: /^access to (?<resource>[^]*) failed, reason: user ['"]?(?<user>[^]*?)['"]? (?:does not meet|is not)/, type: 'access failed', outcome: 'denied' }, // 2.2
  { pattern: /^access to (?<resource>[^]*) failed, reason: user (?<user>\S+) not allowed access/, type: 'access failed', outcome: 'denied' }, // 2.0
  { pattern: /^access to (?<resource>[^]*) failed, reason: /, type: 'access failed', outcome: 'denied' }, // mod_ssl
  { pattern: /^access to (?<resource>[^]*) denied \(filesystem path/, type: 'access denied', outcome: 'denied' },
  { pattern: /^access to (?<resource>[^]*) denied/, type: 'access denied', outcome: 'denied' },
  { pattern: /^access to (?<resource>[^]*) failed/, type: 'access failed', outcome: 'failure' },
  { pattern: /^file permissions deny server access: (?<resource>[^]*)$/, type: 'file permissions deny server access', outcome: 'denied' },
  { pattern: /^Cannot serve directory (?<resource>[^]*): No matching DirectoryIndex/, type: 'directory index forbidden', outcome: 'denied' }, // mod_autoindex
  { pattern: /^Directory index forbidden by (?:Options directive|rule): (?<resource>[^]*)$/, type: 'directory index forbidden', outcome: 'denied' },
  { pattern: /^Symbolic link not allowed[^:]*: (?<resource>[^]*)$/, type: 'symbolic link not allowed', outcome: 'denied' },
  { pattern: /^Options ExecCGI is off in this directory: (?<resource>[^]*)$/, type: 'ExecCGI is off', outcome: 'denied' }, // mod_cgi
  { pattern: /^attempt to invoke directory as script: (?<resource>[^]*)$/, type: 'attempt to invoke directory as script', outcome: 'denied' },
  { pattern: /^(?:File|File not found|script) ?(?:does not exist|not found or unable to stat): (?<resource>[^]*)$/, type: 'file does not exist', outcome: 'failure' },
  { pattern: /^script '(?<resource>[^]*)' not found or unable to stat$/, type: 'file does not exist', outcome: 'failure' },
  { pattern: /^Got error '(?:FastCGI: )?Primary script unknown/, type: 'script unknown', outcome: 'failure' }, // mod_proxy_fcgi
  { pattern: /^Invalid (?:URI|method|HTTP version) in request ?(?<resource>[^]*)$/, type: 'invalid request', outcome: 'failure' },
  { pattern: /^invalid URI path \((?<resource>[^]*)\)$/, type: 'invalid request', outcome: 'failure' },
  { pattern: /^(?:request failed: |client sent |Request header |Request line |HTTP Request Line|Invalid |Unknown Transfer-Encoding|Number of request headers)[^]*$/, type: 'invalid request', outcome: 'failure' },
  { pattern: /^(?:Requested content-length of|Read bytes of|Request body|Request entity|Requested? body)[^]*(?:larger|exceeds|too large)/, type: 'too large body', outcome: 'failure' },
  { pattern: /^Hostname [^]* provided via SNI/, type: 'host name mismatch', outcome: 'denied' }, // mod_ssl
  { pattern: /^No hostname was provided via SNI/, type: 'host name mismatch', outcome: 'denied' },
  { pattern: /^Negotiation: discovered file/, type: 'negotiation failed', outcome: 'failure' },
  { pattern: /^(?:SSL handshake failed|SSL library error \d+ in handshake|SSL handshake interrupted|SSL Library Error: \d+ in handshake)/i, type: 'SSL handshake', outcome: 'failure', action: 'connect' },
  { pattern: /^(?:Certificate Verification: Error|rejecting client initiated renegotiation|Re-negotiation handshake failed)/i, type: 'client certificate', outcome: 'denied', action: 'connect' },
  { pattern: /^ModSecurity: (?:\[[^\]]*\] )*Access denied/, type: 'ModSecurity', outcome: 'denied' },
  { pattern: /^Access denied: '(?<user>[^]*)' [A-Z-]{1,40} (?<resource>[^]*)$/, type: 'Access denied', outcome: 'denied' }, // mod_authz_svn
  { pattern: /^Access denied: - [A-Z-]{1,40} (?<resource>[^]*)$/, type: 'Access denied', outcome: 'denied' },
  { pattern: /^Access granted: '(?<user>[^]*)' [A-Z-]{1,40} (?<resource>[^]*)$/, type: 'Access granted', outcome: 'success' },
  { pattern: /^Access granted: - [A-Z-]{1,40} (?<resource>[^]*)$/, type: 'Access granted', outcome: 'success' },
  { pattern: /^PAM authentication failed for user (?<user>[^]*): [^:]*$/, type: 'authentication failure', outcome: 'failure', action: 'login' }, // mod_authnz_pam
  { pattern: /^PAM account validation failed for user (?<user>[^]*): [^:]*$/, type: 'account validation failure', outcome: 'denied', action: 'login' },
  { pattern: /^krb5_get_init_creds_password\(\) failed: /, type: 'authentication failure', outcome: 'failure', action: 'login' }, // mod_auth_kerb
  { pattern: /^(?:Error reading from remote server returned by|error reading from remote server returned by) (?<resource>[^]*)$/, type: 'upstream failed', outcome: 'failure' }, // mod_proxy
  { pattern: /^user [`'](?<user>[^]*)' in realm [`'][^`']*' denied by provider: (?<resource>[^]*)$/, type: 'denied by provider', outcome: 'denied', action: 'login' },
  { pattern: /^(?:invalid (?:nonce|nc |qop|or missing qop|opaque|uri <)|missing user, realm|Warning, possible replay attack|received invalid opaque|(?:realm|uri) mismatch - |unknown algorithm [`']|client used wrong authentication scheme [`'])/, type: 'digest authentication failure', outcome: 'failure', action: 'login' }, // mod_auth_digest of 2.4
  { pattern: /^Authorization of user (?<user>[^]*) to access (?<resource>[^]*) failed, reason: [^:]*\.?$/, type: 'authorization failure', outcome: 'denied' }, // mod_authz_groupfile and its kin
  { pattern: /^GSS ERROR /, type: 'authentication failure', outcome: 'failure', action: 'login' }, // mod_auth_gssapi
  { pattern: /^mod_qos\(\d+\): access denied/, type: 'mod_qos', outcome: 'denied' },
  { pattern: /^connect to remote machine \S* blocked/, type: 'proxy blocked', outcome: 'denied' }, // mod_proxy
  { pattern: /^(?:Cannot map [^]* to file|Request exceeded the limit of)/, type: 'request failed', outcome: 'failure' },
  { pattern: /^authorization failure \(no authenticated user\): (?<resource>[^]*)$/, type: 'authorization failure', outcome: 'denied' }, // mod_authz_core
  { pattern: /^auth_ldap authorize[\w :-]{0,40}: authorization denied for user (?<user>[^]*) to (?<resource>[^]*)$/, type: 'authorization failure', outcome: 'denied' },
  { pattern: /^form (?:auth cannot be used|parsed, but)/, type: 'authentication failure', outcome: 'failure', action: 'login' }, // mod_auth_form
  { pattern: /^access check of '[^']*' to (?<resource>[^]*) failed, reason: /, type: 'access failed', outcome: 'denied' }, // mod_authz_host
  { pattern: /^No authentication done but request not allowed without authentication for (?<resource>[^]*?)\. Authentication not configured/, type: 'access denied', outcome: 'denied' },
  { pattern: /^Forbidden: (?<resource>[^]*) doesn't point to a file or directory$/, type: 'access denied', outcome: 'denied' },
  { pattern: /^Access to (?:file )?(?<resource>[^]*) denied (?:by server|for )/, type: 'access denied', outcome: 'denied' },
  { pattern: /^(?:SSL client authentication failed: |No acceptable peer certificate|Re-negotiation (?:verification step|request) failed)/, type: 'client certificate', outcome: 'denied', action: 'connect' }, // mod_ssl
  { pattern: /^SSL cipher suite not renegotiated: access to (?<resource>[^]*) denied/, type: 'access denied', outcome: 'denied' },
  { pattern: /^Requested hostname '[^']*' did not match/, type: 'host name mismatch', outcome: 'denied' },
  { pattern: /^(?:Client sent |\[strict\] Invalid host name|HTTP Request )/, type: 'invalid request', outcome: 'failure' },
]; // biome-ignore format: a table, one row a line

/** Messages that say nothing of an access, though they may name a client. */
const NOISE: readonly (readonly [RegExp, string])[] = [
  [/^ModSecurity: /, 'modsecurity'],
  [/^(?:PHP |Got error '|stderr from |FastCGI: server)/, 'script_output'],
  [/^SSL Library Error: /i, 'ssl_detail'],
  [/^(?:authorization result|Connection (?:to child|closed)|Connection to|SSL Proxy)/, 'authorization_detail'],
  [
    /^(?:Apache\/|caught |Graceful|Server (?:built|configured|seems|should)|Command line|configured|resuming|child |Init: |mod_|suEXEC|Digest: generating|long lost child|server (?:seems|reached)|scoreboard|Initializ|AH00\d{3}: caught)/,
    'process',
  ],
  [
    /^(?:error reading status line|Failed to read|HTTP: |HTTPS: |attempt to connect to|ap_proxy|proxy: |failed to (?:make|enable))/,
    'upstream',
  ],
];

/** mod_evasive writes the address into its message, and that is all it writes. */
const EVASIVE = /^Blacklisting address ([\da-fA-F.:]{2,45}): possible DoS attack\.?$/;

/** mod_dav (dav_log_err()): the status that it answers with, and the number of its own error. */
const DAV = / \[([45]\d\d), #-?\d{1,6}\]$/;

export function judgeMessage(message: string, level: string, hasClient: boolean): Said | string {
  const evasive = EVASIVE.exec(message);
  if (evasive?.[1] !== undefined) return { type: 'address blocked', outcome: 'denied', action: 'connect', address: evasive[1] };
  if (hasClient) {
    for (const { pattern, type, outcome, action } of RULES) {
      const match = pattern.exec(message);
      if (match === null) continue;
      const { user, resource } = match.groups ?? {};
      return {
        type,
        outcome,
        action: action ?? 'access',
        ...(user === undefined ? {} : { user }),
        ...(resource === undefined ? {} : { resource }),
      };
    }
  }
  const dav = hasClient && message.endsWith(']') ? DAV.exec(message) : null;
  if (dav !== null)
    return { type: 'request failed', outcome: dav[1] === '401' || dav[1] === '403' ? 'denied' : 'failure', action: 'access' };
  const noise = NOISE.find(([pattern]) => pattern.test(message));
  if (noise !== undefined) return noise[1];
  return hasClient && SEVERE.has(level) ? { type: 'request error', outcome: 'unknown', action: 'access' } : 'other_message';
}

const SEVERE = new Set(['error', 'crit', 'alert', 'emerg']);
