import Bowser from 'bowser';
import { canonicalise } from '@daybook/protocol';
import { isSuspect } from './patterns.ts';

/** What a User-Agent text says: client and operating system, for the labels `client` and `os`. Texts repeat: answers are kept. */
export interface Agent {
  readonly labels: Readonly<Record<string, string>>;
  /** The labels as canonical JSON; undefined when there are none. */
  readonly labelsJson: Uint8Array | undefined;
  /** Whether the text may hold a secret. */
  readonly suspect: boolean;
}

/** Beyond this many different texts the answers are forgotten and made anew: a flood of invented agents costs time, not memory. */
const CACHE_MAX = 8192;
/** Longer texts are no browser's; the parser's expressions need not see them, nor the cache hold them. */
const CHARS_MAX = 512;

export class UserAgents {
  /** Texts taken apart since the start, some 0.1 ms each: what a reader of bodies makes pauses by. */
  parsed = 0;
  readonly #cache = new Map<string, Agent>();

  of(text: string): Agent {
    const known = this.#cache.get(text);
    if (known !== undefined) return known;
    if (text.length > CHARS_MAX) return agentOf({}, true);
    this.parsed++;
    if (this.#cache.size >= CACHE_MAX) this.#cache.clear();
    const agent = agentOf(labelsOf(text), isSuspect(text));
    this.#cache.set(text, agent);
    return agent;
  }
}

function agentOf(labels: Readonly<Record<string, string>>, suspect: boolean): Agent {
  const none = Object.keys(labels).length === 0;
  return { labels, labelsJson: none ? undefined : Buffer.from(canonicalise(labels)), suspect };
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  try {
    const { browser, os } = Bowser.parse(text);
    const client = named(browser.name, browser.version) ?? tool(text);
    if (client !== undefined) labels['client'] = client;
    if (os.name !== undefined && os.name !== '') labels['os'] = os.name;
  } catch {
    // The text is empty or hostile for the parser: the event keeps it as it is, without labels.
  }
  return labels;
}

function named(name: string | undefined, version: string | undefined): string | undefined {
  if (name === undefined || name === '') return undefined;
  const major = /^\d{1,6}/.exec(version ?? '')?.[0];
  return major === undefined ? name : `${name} ${major}`;
}

/** `curl/8.9.1`, `okhttp/4.12.0`: what is no browser names itself first. */
function tool(text: string): string | undefined {
  const product = /^([A-Za-z][\w.-]{1,40})\/(\d{1,6})/.exec(text);
  return product === null || product[1] === 'Mozilla' ? undefined : `${product[1]} ${product[2]}`;
}
