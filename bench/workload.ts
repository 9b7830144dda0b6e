/**
 * The events that the benchmarks send: life-like, ~330 bytes, some non-ASCII, made from a seed. Bodies are built once and patched in place
 * before each send (times and request ids), so that the generator costs a fraction of a microsecond per event on the cores it shares with the server.
 */

export interface WorkloadOptions {
  readonly seed: number;
  readonly users: number;
  readonly resources: number;
  readonly addresses: number;
}

export const WORKLOAD: WorkloadOptions = { seed: 1, users: 20_000, resources: 200_000, addresses: 8_000 };

/** Mulberry32: small, seeded, good enough for choosing words. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Firefox/141.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/139.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1.15',
  'okhttp/4.12.0',
  'curl/8.9.1',
  'python-requests/2.32.3',
];
const NAMES = ['Ana Souza', 'Zoë Müller', 'Li Wei', 'Jürgen Groß', 'Sam Carter', 'Chloé Dubois', 'Olu Adeyemi', 'Mira Patel'];
const KINDS = ['customers', 'invoices', 'documents', 'tickets', 'reports', 'orders'];
const VERBS = ['read', 'read', 'read', 'read', 'list', 'list', 'query', 'update', 'create'];

/** A skewed choice in [0, n): few are busy, many are rare, as with people and records. */
function skewed(random: () => number, n: number): number {
  return Math.floor(n * random() ** 3);
}

export function addressOf(index: number): string {
  return `10.${(index >> 12) & 255}.${(index >> 4) & 255}.${(index & 15) * 16 + 7}`;
}

export function resourceOf(index: number): string {
  const kind = KINDS[index % KINDS.length] ?? 'customers';
  return `/api/v1/${kind}/${100_000 + index}`;
}

const TIME_TEXT = '2026-01-01T00:00:00.000000Z';

function eventText(random: () => number, options: WorkloadOptions): string {
  const user = skewed(random, options.users);
  const resource = skewed(random, options.resources);
  const fate = random();
  const [outcome, status] =
    fate < 0.92 ? ['success', '200'] : fate < 0.96 ? ['failure', '500'] : fate < 0.99 ? ['denied', '403'] : ['unknown', '0'];
  const verb = VERBS[Math.floor(random() * VERBS.length)] ?? 'read';
  const kind = KINDS[resource % KINDS.length] ?? 'customers';
  // A person mostly comes from one of three addresses and with one agent.
  const address = addressOf((user * 3 + Math.floor(random() * 3)) % options.addresses);
  return JSON.stringify({
    timestamp: TIME_TEXT,
    user_id: `u${10_000 + user}`,
    user_name: NAMES[user % NAMES.length],
    event_type: `${kind}.${verb}`,
    action: verb,
    resource: resourceOf(resource),
    ip_address: address,
    user_agent: AGENTS[user % AGENTS.length],
    status_code: status,
    outcome,
    duration_ms: Math.floor(random() * 90_000) / 1000,
    request_id: '0000000000000000',
  });
}

/** A body of `count` NDJSON lines whose times and request ids can be rewritten in place. */
export class Body {
  readonly bytes: Buffer;
  readonly count: number;
  readonly #timeAt: Uint32Array;
  readonly #requestAt: Uint32Array;

  constructor(count: number, random: () => number, options: WorkloadOptions) {
    const lines = Array.from({ length: count }, () => Buffer.from(`${eventText(random, options)}\n`));
    this.bytes = Buffer.concat(lines);
    this.count = count;
    this.#timeAt = new Uint32Array(count);
    this.#requestAt = new Uint32Array(count);
    let at = 0;
    for (const [i, line] of lines.entries()) {
      this.#timeAt[i] = at + line.indexOf(TIME_TEXT);
      this.#requestAt[i] = at + line.indexOf('"request_id":"') + 14;
      at += line.length;
    }
  }

  /** Event i happened at `startMicros + i * stepMicros`; request ids count up from `serial`. */
  patch(startMicros: number, stepMicros: number, serial: number): void {
    let second = -1;
    for (let i = 0; i < this.count; i++) {
      const micros = Math.floor(startMicros + i * stepMicros);
      const at = this.#timeAt[i] ?? 0;
      const thisSecond = Math.floor(micros / 1_000_000);
      if (thisSecond !== second) {
        second = thisSecond;
        this.#prefix = Buffer.from(new Date(second * 1000).toISOString().slice(0, 20), 'latin1');
      }
      this.#prefix.copy(this.bytes, at);
      writeDigits(this.bytes, at + 20, micros % 1_000_000);
      writeHex(this.bytes, this.#requestAt[i] ?? 0, serial + i);
    }
  }
  #prefix: Buffer = Buffer.alloc(0);
}

function writeDigits(bytes: Buffer, at: number, value: number): void {
  let rest = value;
  for (let i = 5; i >= 0; i--) {
    bytes[at + i] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

const HEX = Buffer.from('0123456789abcdef', 'latin1');

/** 16 hex digits that look random but differ for each serial: the serial times an odd constant, twice. */
function writeHex(bytes: Buffer, at: number, serial: number): void {
  let low = Math.imul(serial, 0x9e3779b1) >>> 0;
  let high = Math.imul(serial ^ 0x5bd1e995, 0x85ebca6b) >>> 0;
  for (let i = 0; i < 8; i++) {
    bytes[at + i] = HEX[low & 15] ?? 48;
    bytes[at + 8 + i] = HEX[high & 15] ?? 48;
    low >>>= 4;
    high >>>= 4;
  }
}

/** `count` different bodies of `events` lines each. */
export function makeBodies(count: number, events: number, options: WorkloadOptions = WORKLOAD): Body[] {
  const random = seededRandom(options.seed);
  return Array.from({ length: count }, () => new Body(events, random, options));
}
