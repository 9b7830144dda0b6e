import { createSocket } from 'node:dgram';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJson } from '@daybook/protocol';
import { openTestServer, removeTestData, type TestServer } from '../test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({
    settings: `
capture:
  syslog:
    - { listen: "127.0.0.1:0", transport: tcp, source: linux, message_bytes: 4096, programs: { shop: none } }
    - { listen: "127.0.0.1:0", transport: udp, source: linux, receive_buffer: 65536 }
    - listen: "127.0.0.1:0"
      transport: tcp
      senders: [{ from: 192.0.2.0/24, source: elsewhere }]
    - { listen: "127.0.0.1:0", transport: tcp, source: web, format: nginx-access }
`,
  });
});
afterAll(async () => {
  await server.close();
  removeTestData(server);
});

const events = async () =>
  [...(await server.entries('routine')), ...(await server.entries('important'))]
    .filter(({ kind }) => kind === 'event')
    .map(({ event }) => event);

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 10_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error('it did not come to be in 10 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const eventOf = (user: string) => eventually(async () => (await events()).find((event) => event['user_id'] === user));

function connect(listener: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(server.capture.syslogPorts[listener] ?? 0, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

async function send(listener: number, ...pieces: readonly (string | Buffer)[]): Promise<void> {
  const socket = await connect(listener);
  for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
  await new Promise<void>((resolve) => socket.end(() => resolve()));
}

const accepted = (user: string, more = '') =>
  `<38>Oct 11 22:14:15 web1 sshd[812]: Accepted publickey for ${user} from 192.0.2.7 port 50022 ssh2: RSA SHA256:abc${more}`;
const counted = (message: string) => `${Buffer.byteLength(message)} ${message}`;

const quarantined = (): Record<string, unknown>[] => {
  const dir = path.join(server.dataDir, 'ledger', 'quarantine');
  if (!existsSync(dir)) return [];
  return readdirSync(dir).flatMap((name) =>
    readFileSync(path.join(dir, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => parseJson(line) as Record<string, unknown>),
  );
};
const asideOf = (code: string) => eventually(async () => quarantined().find((line) => line['code'] === code));

describe('syslog', () => {
  it('takes lines and counted frames over TCP, cut anywhere', async () => {
    const lines = `${accepted('lina')}\n${accepted('lino')}\n`;
    await send(0, lines.slice(0, 40), lines.slice(40, 130), lines.slice(130));
    await send(0, counted(accepted('cora')) + counted(accepted('cory')).slice(0, 50), counted(accepted('cory')).slice(50));
    for (const user of ['lina', 'lino', 'cora', 'cory']) {
      expect(await eventOf(user)).toMatchObject({
        action: 'login',
        outcome: 'success',
        ip_address: '192.0.2.7',
        host: 'web1',
        source: 'linux',
        channel: 'gateway',
        attributes: { syslog: { sender: '127.0.0.1' } },
      });
    }
  });

  it('takes RFC 5424, with structured data', async () => {
    await send(
      0,
      '<38>1 2003-10-11T22:14:15.003Z web1 sshd 812 - [origin ip="192.0.2.9"] \uFEFFAccepted password for rita from 192.0.2.8 port 5 ssh2\n',
    );
    expect(await eventOf('rita')).toMatchObject({
      timestamp: '2003-10-11T22:14:15.003000Z',
      ip_address: '192.0.2.8',
      attributes: { structured_data: { origin: { ip: '192.0.2.9' } } },
    });
  });

  it('takes datagrams', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.send(accepted('uma'), server.capture.syslogPorts[1] ?? 0, '127.0.0.1', () => resolve()));
    socket.close();
    expect(await eventOf('uma')).toMatchObject({ source: 'linux', outcome: 'success' });
  });

  it("takes Apache's error log, which has no time of its own there", async () => {
    const head = '<139>1 2024-01-02T03:04:05.500000Z web1 httpd 7 - - [auth_basic:error] [pid 7:tid 8] [client 192.0.2.9:40000] ';
    await send(0, counted(`${head}AH01617: user apacha: authentication failure for "/a": Password Mismatch`));
    expect(await eventOf('apacha')).toMatchObject({
      timestamp: '2024-01-02T03:04:05.500000Z',
      action: 'login',
      outcome: 'failure',
      resource: '/a',
      ip_address: '192.0.2.9',
      host: 'web1',
    });
  });

  it('takes what PostgreSQL, MariaDB and Percona Server say by RFC 5424, with their own settings for syslog', async () => {
    const head = (program: string) => `<134>1 2024-01-02T03:04:05.500000Z web1 ${program} 7 - [meta sequenceId="7"] `;
    await send(0, counted(`${head('mysql-server_auditing')} db1,maria,localhost,4,3,QUERY,shop,'select * from t where id=2',0`));
    expect(await eventOf('maria')).toMatchObject({ timestamp: '2024-01-02T03:04:05.500000Z', resource: 'shop.t', outcome: 'success' });
    const percona = { audit_record: { name: 'Connect', record: '3_x', timestamp: '2024-01-02T03:04:05Z', connection_id: '38', status: 1045, user: 'percy', ip: '192.0.2.9' } }; // biome-ignore format: a record
    await send(0, counted(head('percona-audit') + JSON.stringify(percona)));
    expect(await eventOf('percy')).toMatchObject({ action: 'login', outcome: 'failure' });
    const pg =
      '[5-1] 2024-01-02 03:04:05.123 UTC [7] pgolga@shop LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.t,"select 1 from t",<none>';
    await send(0, counted(`${head('postgres')}${pg}`));
    expect(await eventOf('pgolga')).toMatchObject({ action: 'read', resource: 'public.t' });
  });

  it('counts other programs, and puts what is no syslog aside', async () => {
    await send(0, `<13>Oct 11 22:14:15 web1 shop[1]: started\n<13>Oct 11 22:14:15 web1 kernel: x\nrubbish\n${accepted('nora')}\n`);
    await eventOf('nora');
    expect(await asideOf('no_header')).toMatchObject({ text: 'rubbish', source: 'linux', format: 'syslog' });
    const file = await eventually(async () => {
      const dir = path.join(server.dataDir, 'control', 'capture-counts');
      const text = existsSync(dir)
        ? readdirSync(dir)
            .map((name) => readFileSync(path.join(dir, name), 'utf8'))
            .join('')
        : '';
      return text.includes('"shop":1') ? text : undefined;
    });
    expect(file).toContain('"kernel":1');
  });

  it('puts aside what is too long, cut off or wrongly framed, and goes on', async () => {
    await send(0, `${counted(accepted('tora'))}${counted(accepted('x'.repeat(5000)))}${counted(accepted('tory'))}`);
    await eventOf('tory');
    expect(String((await asideOf('too_long'))['text'])).toContain('xxx');
    await send(0, `${counted(accepted('pia'))}200 <38>Oct 11 half`);
    await eventOf('pia');
    expect(await asideOf('cut_off')).toMatchObject({ text: '200 <38>Oct 11 half' });
    await send(0, `${counted(accepted('bea'))}x4 <38>Oct`);
    await eventOf('bea');
    expect(await asideOf('broken_frame')).toMatchObject({ text: 'x4 <38>Oct' });
    await send(0, `${accepted('zoe')}\n`);
    await eventOf('zoe');
  });

  it('keeps the address that sshd saw, whatever names imitate', async () => {
    const line =
      '<38>Oct 11 22:14:15 web1 sshd[9]: Failed password for invalid user eve from 10.0.0.1 port 22 from 203.0.113.9 port 4711 ssh2';
    await send(0, `${line}\n`);
    const found = await eventually(async () => (await events()).find((event) => event['ip_address'] === '203.0.113.9'));
    expect(found).toMatchObject({ outcome: 'failure' });
    expect((await events()).some((event) => event['ip_address'] === '10.0.0.1')).toBe(false);
  });

  it('refuses senders that no entry names', async () => {
    const socket = await connect(2);
    await new Promise<void>((resolve) =>
      socket
        .once('close', () => resolve())
        .on('error', () => undefined)
        .resume(),
    );
    expect(await server.base.metrics.metrics()).toMatch(/daybook_capture_refused_total\{receiver="syslog",why="unknown_sender"\} 1/);
  });

  it('judges by the format of the listener', async () => {
    const line = '192.0.2.50 - wanda [11/Oct/2023:22:14:15 +0000] "GET /x HTTP/1.1" 200 12 "-" "curl/8"';
    await send(3, `<190>Oct 11 22:14:15 web1 nginx: ${line}\n`);
    expect(await eventOf('wanda')).toMatchObject({ source: 'web', outcome: 'success', host: 'web1', resource: '/x' });
  });
});

describe('syslog and a ledger that takes nothing', () => {
  it('keeps what came until the ledger takes it', async () => {
    let refuse = true;
    const other = await openTestServer({
      settings: 'capture:\n  syslog:\n    - { listen: "127.0.0.1:0", transport: tcp, source: linux }\n',
      wrapLedger: (ledger) =>
        new Proxy(ledger, {
          get(target, name) {
            if (name !== 'append') {
              const value: unknown = Reflect.get(target, name);
              return typeof value === 'function' ? value.bind(target) : value;
            }
            return async (...args: Parameters<typeof ledger.append>) => {
              if (!refuse) return target.append(...args);
              const { DaybookError } = await import('@daybook/protocol');
              throw new DaybookError('disk_full');
            };
          },
        }),
    });
    try {
      const socket = net.connect(other.capture.syslogPorts[0] ?? 0, '127.0.0.1');
      socket.end(Array.from({ length: 2500 }, (_, i) => `${accepted(`w${i}`)}\n`).join(''));
      await new Promise<void>((resolve) => socket.once('close', () => resolve()));
      await eventually(async () => (/daybook_capture_pending_bytes [1-9]/.test(await other.base.metrics.metrics()) ? true : undefined));
      refuse = false;
      const size = () => other.ledger.state('important').size + other.ledger.state('routine').size;
      await eventually(async () => (size() >= 2500 ? true : undefined));
      const users = [...(await other.entries('important')), ...(await other.entries('routine'))].map(({ event }) => event['user_id']);
      expect(users.filter((user) => typeof user === 'string' && user.startsWith('w'))).toEqual(
        Array.from({ length: 2500 }, (_, i) => `w${i}`),
      );
    } finally {
      await other.close();
      removeTestData(other);
    }
  });
});

it('does not start on a port that is taken', async () => {
  const taken = server.capture.syslogPorts[0] ?? 0;
  await expect(
    openTestServer({ settings: `capture:\n  syslog:\n    - { listen: "127.0.0.1:${taken}", transport: tcp, source: linux }\n` }),
  ).rejects.toThrow(`capture.syslog[0].listen: cannot listen on 127.0.0.1:${taken}: another program listens there`);
});
