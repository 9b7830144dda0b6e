// A customer portal that shows each customer the accesses to their own data, by Daybook's viewer. Two parts are yours: who is signed in, and which tenant they are.
//
//     embed_origins: ["http://localhost:8090"]        # in Daybook's daybook.yaml
//     DAYBOOK_URL=http://localhost:7717 DAYBOOK_TOKEN=dbk_… node demo/embed/server.mjs
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';

const DAYBOOK = process.env['DAYBOOK_URL'] ?? 'http://localhost:7717';
const PORT = Number(process.env['PORT'] ?? 8090);
/** Of an admin: it makes tokens, and never leaves this server. */
const ADMIN = process.env['DAYBOOK_TOKEN'] ?? '';
const TOKEN_MS = 10 * 60_000;
/** A token is handed out again while it has this long to live: one per customer and ten minutes, not one per click. */
const REST_MS = 60_000;

const page = readFileSync(path.join(import.meta.dirname, 'index.html'), 'utf8').replaceAll('%DAYBOOK%', DAYBOOK);
const tokens = new Map();

/** In a portal of yours: from the session of who is signed in. Never from something that the page may choose. */
function customerOf(request) {
  return /(?:^|; )customer=([a-z]+)/.exec(request.headers.cookie ?? '')?.[1];
}

async function tokenFor(customer) {
  const known = tokens.get(customer);
  if (known !== undefined && known.ends - Date.now() > REST_MS) return known.token;
  const ends = Date.now() + TOKEN_MS;
  const answer = await fetch(`${DAYBOOK}/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: `portal-${customer}-${ends}`,
      role: 'viewer',
      tenants: [customer],
      masks: ['query_text', 'changes'],
      expires_at: new Date(ends).toISOString(),
    }),
  });
  if (!answer.ok) throw new Error(`Daybook made no token: ${answer.status} ${await answer.text()}`);
  const { token } = await answer.json();
  tokens.set(customer, { token, ends });
  return token;
}

async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://portal');
  if (pathname === '/sign-in') {
    // The portal's own sign-in, which is none here.
    response.writeHead(302, { location: '/', 'set-cookie': `customer=${searchParams.get('as')}; HttpOnly; SameSite=Lax` }).end();
  } else if (pathname === '/audit-token') {
    const customer = customerOf(request);
    if (customer === undefined) response.writeHead(401).end();
    else {
      const token = await tokenFor(customer);
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify({ token }));
    }
  } else if (pathname === '/') response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  else response.writeHead(404).end();
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    response.writeHead(502).end();
  });
});
server.listen(PORT, 'localhost', () => console.log(`http://localhost:${server.address().port}`));
