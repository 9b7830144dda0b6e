/** What a message says of an access. Phrases are those of nginx's source (src/http, src/event/ngx_event_openssl.c, the modules named beside). */
export type Judgement =
  | {
      readonly kind: 'event';
      readonly type: string;
      readonly outcome: 'success' | 'failure' | 'denied' | 'unknown';
      readonly action?: 'login' | 'connect';
      readonly user?: string;
      readonly status?: string;
    }
  | { readonly kind: 'noise'; readonly code: string };

const failure = (type: string): Judgement => ({ kind: 'event', type, outcome: 'failure' });
const denied = (type: string): Judgement => ({ kind: 'event', type, outcome: 'denied' });
const noise = (code: string): Judgement => ({ kind: 'noise', code });

interface Rule {
  readonly begins: string;
  readonly judge: (message: string) => Judgement;
}

const rule = (begins: string, judgement: Judgement): Rule => ({ begins, judge: () => judgement });

/** By the beginning of the message: nothing before it is a client's. */
const RULES: readonly Rule[] = [
  rule('access forbidden by rule', denied('access forbidden by rule')), // ngx_http_access_module, ngx_stream_access_module
  rule('access forbidden by ', denied('access forbidden')),
  { begins: 'user "', judge: userJudgement }, // ngx_http_auth_basic_module
  rule('no user/password was provided', denied('no user/password was provided')),
  rule('limiting requests, dry run', noise('dry_run')),
  rule('limiting connections, dry run', noise('dry_run')),
  rule('delaying requests, dry run', noise('dry_run')),
  rule('limiting requests', denied('limiting requests')), // ngx_http_limit_req_module
  rule('limiting connections', denied('limiting connections')), // ngx_http_limit_conn_module
  rule('delaying request', noise('delayed')),
  rule('client intended to send too large', failure('too large body')),
  rule('client SSL certificate verify error', { kind: 'event', type: 'client certificate', outcome: 'denied', action: 'connect' }),
  rule('client sent no required SSL certificate', { kind: 'event', type: 'client certificate', outcome: 'denied', action: 'connect' }),
  rule('client sent plain HTTP request to HTTPS port', failure('plain HTTP to HTTPS port')),
  rule('client sent ', failure('invalid request')),
  rule('directory index of "', denied('directory index forbidden')), // ngx_http_autoindex_module, ngx_http_index_module
  { begins: 'open() "', judge: fileJudgement },
  { begins: 'openat() "', judge: fileJudgement },
  { begins: 'stat() "', judge: fileJudgement },
  { begins: 'opendir() "', judge: fileJudgement },
  { begins: 'realpath() "', judge: fileJudgement },
  { begins: 'CreateFile() "', judge: fileJudgement },
  { begins: 'GetFileAttributesEx() "', judge: fileJudgement },
  { begins: '"', judge: fileJudgement },
  { begins: 'ModSecurity: ', judge: modsecurityJudgement },
  { begins: '[client ', judge: (message) => modsecurityJudgement(message.replace(MODSECURITY_CLIENT, '')) },
  // naxsi_skeleton.c: what it would have refused, while it learns, it lets pass.
  { begins: 'NAXSI_FMT: ', judge: (message) => (/&(?:learning=1|config=learning)&/.test(message) ? noise('dry_run') : denied('NAXSI')) },
  rule('NAXSI_EXLOG: ', noise('naxsi')),
  rule('auth request unexpected status', failure('auth request')),
  rule('rewrite or internal redirection cycle', failure('internal redirection cycle')),
  rule('invalid ', failure('invalid request')),
  { begins: 'FastCGI sent in stderr: "', judge: stderrJudgement },
  rule('a client request body is buffered', noise('buffered')),
  rule('an upstream response is buffered', noise('buffered')),
  rule('client logged in', { kind: 'event', type: 'client logged in', outcome: 'success', action: 'login' }), // ngx_mail_proxy_module
  rule('client login failed', { kind: 'event', type: 'client login failed', outcome: 'failure', action: 'login' }), // ngx_mail_auth_http_module
  { begins: "PAM: user '", judge: pamJudgement }, // ngx_http_auth_pam_module
  rule('client closed', noise('client_closed')),
  rule('client prematurely closed', noise('client_closed')),
  rule('epoll_wait() reported that client prematurely closed', noise('client_closed')), // ngx_http_upstream.c
  rule('kevent() reported that client prematurely closed', noise('client_closed')),
  rule('client intended to send ', failure('too large body')), // `… body data larger than declared`, of HTTP/2
  rule('client attempted to request the server name different', denied('host name mismatch')),
  rule('client timed out', failure('client timed out')),
  rule('client ', noise('client_closed')),
  rule('upstream timed out', failure('upstream timed out')),
  rule('upstream prematurely closed', failure('upstream closed')),
  rule('upstream sent ', failure('upstream answer')),
  rule('no live upstreams', failure('no live upstreams')),
  rule('connect() failed', failure('upstream unreachable')),
  rule('connect() to ', failure('upstream unreachable')),
];

/** Levels on which a message about a request means that it went wrong. */
const SEVERE = new Set(['error', 'crit', 'alert', 'emerg']);

/** What a message about a client's connection says. */
export function judgeMessage(message: string, level: string, hasRequest: boolean): Judgement {
  if (isHandshake(message)) return { kind: 'event', type: 'SSL handshake', outcome: 'failure', action: 'connect' };
  // With `rewrite_log`, ngx_http_rewrite_module: at a level at which no file fails.
  if (level === 'notice' && (message.startsWith('"') || message.startsWith('rewritten '))) return noise('rewrite');
  const found = RULES.find(({ begins }) => message.startsWith(begins));
  if (found !== undefined) return found.judge(message);
  return hasRequest && SEVERE.has(level) ? failure('request error') : noise('other_message');
}

/** What is about the server itself. */
export function noiseOf(message: string): string {
  if (
    /^(?:signal|worker process|gracefully|exiting|exit|start (?:worker|cache)|cache (?:manager|loader)|reconfiguring|reopening|using the |nginx\/|OS: |getrlimit|built by |cycle|unix signal|shutting down)/.test(
      message,
    )
  )
    return 'process';
  if (
    /^(?:bind\(\)|listen\(\)|conflicting|host not found|still could not bind|unknown directive|could not |duplicate|the "|cannot load|SSL_CTX)/.test(
      message,
    )
  )
    return 'configuration';
  return 'other_message';
}

/** The handshake's own words stand at the beginning, and no client's before them. */
function isHandshake(message: string): boolean {
  return (
    message.startsWith('SSL_do_handshake() failed') ||
    message.startsWith('peer closed connection in SSL handshake') ||
    /^SSL_\w+\(\) failed \(/.test(message)
  );
}

/** `user "x" was not found in "file"`, `user "x": password mismatch`: the end is nginx's, the name may hold quotes. */
function userJudgement(message: string): Judgement {
  const mismatch = message.endsWith('": password mismatch');
  const missing = message.lastIndexOf('" was not found in "');
  const end = mismatch ? message.length - '": password mismatch'.length : missing;
  if (end < USER_FROM) return failure('user');
  const user = message.slice(USER_FROM, end);
  return { kind: 'event', type: mismatch ? 'password mismatch' : 'user not found', outcome: 'failure', action: 'login', user };
}

/** `PAM: user 'x' - not authenticated: WHY`; the name may hold quotes. */
function pamJudgement(message: string): Judgement {
  const user = /^PAM: user '([^]*)' (?:- not authenticated|- .{0,80}not allowed|- .{0,80}denied)/.exec(message)?.[1];
  return user === undefined ? failure('PAM') : { kind: 'event', type: 'PAM', outcome: 'failure', action: 'login', user };
}

const USER_FROM = 'user "'.length;

/** ModSecurity 3's connector writes who it was before its own name. */
const MODSECURITY_CLIENT = /^\[client [^\]\s]{1,108}\] /;

/** `ModSecurity: Access denied with code 403 (phase 2). …`, `ModSecurity: Warning. …`. */
function modsecurityJudgement(message: string): Judgement {
  if (!message.startsWith('ModSecurity: ')) return failure('request error');
  return /^ModSecurity: (?:\[[^\]]{0,200}\] )?Access denied/.test(message) ? denied('ModSecurity') : noise('modsecurity');
}

/** `open() "/path" failed (13: Permission denied)`, `"/path" is not found (2: …)`, `"/path" is forbidden (13: …)`. */
function fileJudgement(message: string): Judgement {
  const status = /\((\d{1,5}): [^()]*\)$/.exec(message)?.[1];
  const isDenied = status === '13' || status === '1';
  return {
    kind: 'event',
    type: isDenied ? 'file forbidden' : 'file failed',
    outcome: isDenied ? 'denied' : 'failure',
    ...(status === undefined ? {} : { status }),
  };
}

/** What a program behind the server wrote. Most are warnings, and tell nothing of the answer. */
function stderrJudgement(message: string): Judgement {
  const said = message.slice('FastCGI sent in stderr: "'.length);
  if (said.startsWith('Primary script unknown') || said.startsWith('Unable to open primary script'))
    return failure('FastCGI script unknown');
  if (said.startsWith('Access to the script ')) return denied('FastCGI script denied');
  return { kind: 'event', type: 'FastCGI stderr', outcome: said.startsWith('PHP message: PHP Fatal error') ? 'failure' : 'unknown' };
}
