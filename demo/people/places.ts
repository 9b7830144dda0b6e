/** Where people are. All addresses are of the ranges that RFC 5737 and RFC 3849 set aside for documentation. */
export interface Place {
  readonly name: string;
  readonly country: string;
  readonly city: string;
  /** Hours that its clocks are ahead of UTC. The company does without summer time. */
  readonly utcOffset: number;
  /** Days off, as MM-DD. */
  readonly holidays: readonly string[];
}

const NEW_YEAR = '01-01';
const CHRISTMAS = ['12-25', '12-26'];

export const OFFICES = {
  berlin: { name: 'berlin', country: 'DE', city: 'Berlin', utcOffset: 1, holidays: [NEW_YEAR, '05-01', '10-03', ...CHRISTMAS] },
  lisbon: {
    name: 'lisbon',
    country: 'PT',
    city: 'Lisbon',
    utcOffset: 0,
    holidays: [NEW_YEAR, '04-25', '06-10', '12-01', '12-08', '12-25'],
  },
  toronto: { name: 'toronto', country: 'CA', city: 'Toronto', utcOffset: -5, holidays: [NEW_YEAR, '07-01', '09-30', ...CHRISTMAS] },
} as const satisfies Readonly<Record<string, Place>>;

/** Customers' homes: nobody there has a day off from shopping. */
export const HOMES: readonly Place[] = [
  { name: 'home-de', country: 'DE', city: 'Hamburg', utcOffset: 1, holidays: [] },
  { name: 'home-fr', country: 'FR', city: 'Lyon', utcOffset: 1, holidays: [] },
  { name: 'home-pt', country: 'PT', city: 'Porto', utcOffset: 0, holidays: [] },
  { name: 'home-ca', country: 'CA', city: 'Montreal', utcOffset: -5, holidays: [] },
];

/** Where a request comes from. */
export interface From {
  readonly address: string;
  readonly country: string;
  readonly agent: string;
}

/** A person of an office shares 192.0.2.0/24 with the others: a third of it for each office. */
export function officeAddress(office: Place, n: number): string {
  const third = Object.keys(OFFICES).indexOf(office.name);
  return `192.0.2.${third * 80 + 10 + (n % 64)}`;
}

/** Homes have IPv6, each its own network. */
export function homeAddress(home: Place, n: number): string {
  const country = home.country.charCodeAt(0) * 256 + home.country.charCodeAt(1);
  return `2001:db8:${country.toString(16)}:${(n % 0xffff).toString(16)}::1`;
}

/** Machines of partners: 198.51.100.0/24. */
export function partnerAddress(n: number): string {
  return `198.51.100.${10 + (n % 200)}`;
}

/** Whom nobody knows: 203.0.113.0/24. */
export const strangerAddress = (n: number): string => `203.0.113.${1 + (n % 250)}`;

export const AGENTS = {
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  chrome: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  safari: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  phone:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  android: 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36',
  script: 'python-requests/2.32.4',
  partner: 'partner-sync/4.2',
  scanner: 'zgrab/0.x',
} as const;
