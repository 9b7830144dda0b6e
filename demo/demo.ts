import path from 'node:path';
import { type Company, startCompany } from './applications/company.ts';
import { openPostgres } from './applications/database.ts';
import { type Application, APPLICATIONS, forEach } from './applications/deeds.ts';
import { storyOf, storyOn } from './bad-day/story.ts';
import { type Access, isTokenOf, makeToken } from './daybook/client.ts';
import { type Chapter, type Memory, readMemory, writeMemory } from './daybook/memory.ts';
import { openDaybook } from './daybook/server.ts';
import { DAY, dateOf, MINUTE } from './habits/calendar.ts';
import { generateHistory, spanOf } from './history/history.ts';
import { sendHistory } from './history/send.ts';
import { liveTraffic } from './live/traffic.ts';
import type { DemoOptions } from './options.ts';
import { TENANTS } from './people/customers.ts';
import { openBar } from './progress-bar.ts';
import { invitation } from './invitation.ts';

export interface Surroundings {
  /** Ends the demo in order. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly terminal: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;
}

/** `npm run demo`: Daybook, the company's past, then its present until the signal. Ends back to front what it began. */
export async function runDemo(options: DemoOptions, { signal, say, terminal }: Surroundings): Promise<void> {
  const daybook =
    options.url === undefined
      ? await openDaybook(path.join(options.data, 'daybook'))
      : { url: options.url, token: options.token ?? '', isOurs: false, stop: async () => undefined };
  try {
    say(`Daybook is up at ${daybook.url}${daybook.isOurs ? '' : ' (it ran already)'}`);
    const demo = await Demo.open(options, daybook);
    await demo.tellHistory({ signal, say, terminal });
    if (options.historyOnly && daybook.isOurs) return;
    for (const line of invitation({
      url: daybook.url,
      data: options.url === undefined ? path.join(options.data, 'daybook') : undefined,
      badDay: demo.badDay,
    }))
      say(line);
    if (!options.historyOnly) await demo.live({ signal, say });
  } finally {
    await daybook.stop();
  }
}

/** The demo of one Daybook, with what it remembers of earlier runs. */
class Demo {
  readonly #options: DemoOptions;
  readonly #access: Access;
  readonly #file: string;
  #memory: Memory;

  private constructor(options: DemoOptions, access: Access, { file, memory }: { readonly file: string; readonly memory: Memory }) {
    this.#options = options;
    this.#access = access;
    this.#file = file;
    this.#memory = memory;
  }

  static async open(options: DemoOptions, access: Access): Promise<Demo> {
    const place = options.url === undefined ? 'company' : `company-${new URL(options.url).host.replaceAll(/[^\w.-]/g, '_')}`;
    const file = path.join(options.data, `${place}.json`);
    const known = readMemory(file);
    if (known !== undefined && (known.seed !== options.seed || known.scale !== options.scale))
      throw new Error(
        `${options.data} holds the company of --seed ${known.seed} --scale ${known.scale}: continue it with these, take another --data, or remove the directory`,
      );
    const demo = new Demo(options, access, { file, memory: known ?? newMemory(options) });
    await demo.#haveTokens();
    return demo;
  }

  get badDay(): string {
    return dateOf(this.#memory.storyDay);
  }

  /** What has not been told yet: the first time all of the past, later the time since the last run. */
  async tellHistory({ signal, say, terminal }: Surroundings): Promise<void> {
    const end = this.#options.end?.getTime() ?? Date.now();
    const last = this.#memory.chapters.at(-1);
    // Begun and not ended is told again from its beginning: what arrived is dropped as doubles.
    if (last !== undefined && last.isDone && last.end + MINUTE <= end)
      this.#remember({ chapters: [...this.#memory.chapters, { from: last.end, end, isDone: false }] });
    const chapter = this.#memory.chapters.at(-1);
    if (chapter === undefined || chapter.isDone) return say('The history is there already.');
    const bar = openBar(terminal, chapter);
    const { seed, scale } = this.#options;
    const began = performance.now();
    const history = generateHistory({
      seed,
      scale,
      from: new Date(chapter.from),
      end: new Date(chapter.end),
      story: storyOn(this.#memory.storyDay),
    });
    const sent = await sendHistory(history, { ...this.#sending(), signal, onProgress: bar.set }).finally(() => bar.end());
    const seconds = (performance.now() - began) / 1000;
    this.#finish(chapter);
    const amount = `${sent.events.toLocaleString('en-US')} events in ${seconds.toFixed(1)} s (${Math.round(sent.events / seconds).toLocaleString('en-US')}/s)`;
    say(
      `History ${dateOf(Math.floor(chapter.from / DAY))} to ${new Date(chapter.end).toISOString()}: ${amount}${sent.duplicates === 0 ? '' : `, ${sent.duplicates} of them there already`}`,
    );
  }

  /** The company at work until the signal. */
  async live({ signal, say }: Pick<Surroundings, 'signal' | 'say'>): Promise<void> {
    const postgres = await openPostgres(this.#options.postgres);
    if ('missing' in postgres)
      say(`PostgreSQL isn't there (${postgres.missing}): the applications do without, and no statements are recorded.`);
    else say('PostgreSQL is up: statements are recorded with who acts.');
    try {
      const company = await startCompany({
        ...this.#sending(),
        spool: path.join(this.#options.data, 'spool'),
        postgres: 'missing' in postgres ? undefined : postgres.url,
        scale: this.#options.scale,
      });
      await this.#work(company, { signal, say });
    } finally {
      if (!('missing' in postgres)) await postgres.stop();
    }
  }

  async #work(company: Company, { signal, say }: Pick<Surroundings, 'signal' | 'say'>): Promise<void> {
    for (const [name, url] of Object.entries(company.urls)) say(`  ${name.padEnd(10)} ${url}`);
    const { rate, seed } = this.#options;
    say(`Live traffic: ${rate} requests a second. Ctrl-C ends it.`);
    const taken = await liveTraffic(company, { rate, seed: `${seed} live ${Date.now()}`, signal });
    const arrived = await company.stop();
    // What happened until now is told by the applications themselves: the next run goes on from here.
    const last = this.#memory.chapters.at(-1);
    if (last !== undefined)
      this.#remember({ chapters: [...this.#memory.chapters.slice(0, -1), { ...last, end: Math.max(last.end, Date.now()) }] });
    const recorded = Object.values(company.stats()).reduce((sum, stats) => sum + stats.recorded, 0);
    say(
      `${taken} requests, ${recorded} events${arrived ? ', all of them in Daybook.' : '; what has not arrived waits in the spool for the next run.'}`,
    );
  }

  #sending(): { readonly url: string; readonly tokens: Readonly<Record<Application, string>> } {
    return { url: this.#access.url, tokens: forEach((application) => this.#memory.tokens[application] ?? '') };
  }

  /** A token for each application, made once. */
  async #haveTokens(): Promise<void> {
    const tokens = { ...this.#memory.tokens };
    for (const name of APPLICATIONS) {
      const token = tokens[name];
      if (token === undefined || !(await isTokenOf({ url: this.#access.url, token }, name)))
        tokens[name] = await makeToken(this.#access, name, TENANTS);
    }
    this.#remember({ tokens });
  }

  #finish(chapter: Chapter): void {
    this.#remember({ chapters: this.#memory.chapters.map((one) => (one === chapter ? { ...one, isDone: true } : one)) });
  }

  #remember(more: Partial<Memory>): void {
    this.#memory = { ...this.#memory, ...more };
    writeMemory(this.#file, this.#memory);
  }
}

function newMemory({ seed, scale, days, end }: DemoOptions): Memory {
  const span = spanOf({ days, end: end ?? new Date() });
  return { seed, scale, storyDay: storyOf(span).day, chapters: [{ ...span, isDone: false }], tokens: {} };
}
