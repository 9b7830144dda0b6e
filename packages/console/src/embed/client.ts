import { parseJson } from '@daybook/protocol';
import { address } from '../api.ts';
import type { EventRow } from '../event.ts';
import { isTokenMessage, type TokenMessage, type ViewerMessage } from './messages.ts';

export interface Page {
  readonly events: readonly EventRow[];
  readonly next_cursor: string | null;
}

export interface Question {
  readonly q: string;
  readonly from: string;
  readonly to: string;
  readonly cursor?: string | undefined;
}

/** Why the trail is not shown. */
export class Refused extends Error {}

const PAGE_ROWS = 50;

/**
 * Asks with the token that the page around has handed over, and with nothing else: a cookie of somebody who is signed in to Daybook in the same browser must not show an
 * embedding page's visitor more than their part.
 */
export class EmbedClient {
  #token: string | undefined;
  #handed: ((message: TokenMessage) => void) | undefined;
  readonly onTheme: (theme: 'light' | 'dark') => void;

  constructor(onTheme: (theme: 'light' | 'dark') => void) {
    this.onTheme = onTheme;
    window.addEventListener('message', ({ source, data }: MessageEvent<unknown>) => {
      // Who may be around is decided by the server (`embed_origins`, as frame-ancestors); who else has a window here is not listened to.
      if (source !== window.parent || window.parent === window || !isTokenMessage(data)) return;
      this.#handed?.(data);
    });
  }

  tell(message: ViewerMessage): void {
    // Nothing secret: whoever is around may hear it.
    if (window.parent !== window) window.parent.postMessage(message, '*');
  }

  async page({ q, from, to, cursor }: Question, signal: AbortSignal): Promise<Page> {
    return (await this.#ask(address('/v1/events', { q, from, to, cursor, limit: PAGE_ROWS }), signal)) as Page; // oxlint-disable-line no-unsafe-type-assertion
  }

  async #ask(path: string, signal: AbortSignal): Promise<unknown> {
    const token = this.#token ?? (await this.#newToken(signal));
    let answer = await get(path, token, signal);
    // It has run out: the page around makes another.
    if (answer.status === 401) answer = await get(path, await this.#newToken(signal), signal);
    const value = parseJson(await answer.text());
    if (answer.ok) return value;
    throw new Refused(
      typeof value === 'object' && value !== null && 'detail' in value ? String(value.detail) : `The server answered ${answer.status}.`,
    );
  }

  async #newToken(signal: AbortSignal): Promise<string> {
    const message = await new Promise<TokenMessage>((resolve, reject) => {
      this.#handed = resolve;
      signal.addEventListener('abort', () => reject(new Refused('given up')), { once: true });
      this.tell({ daybook: 'token-wanted' });
    });
    this.#handed = undefined;
    if (message.theme !== undefined) this.onTheme(message.theme);
    await mustBeNarrow(message.token, signal);
    this.#token = message.token;
    return message.token;
  }
}

/** A token without a scope shows everything to whoever looks at the page around: somebody has taken the wrong one. */
async function mustBeNarrow(token: string, signal: AbortSignal): Promise<void> {
  const answer = await get('/v1/session', token, signal);
  if (!answer.ok) throw new Refused('The token that this page has given does not open the trail.');
  const { scope } = parseJson(await answer.text()) as { readonly scope: unknown }; // oxlint-disable-line no-unsafe-type-assertion
  if (scope === null || scope === undefined)
    throw new Refused('The token that this page has given is not narrowed to anybody’s part: it is not used.');
}

function get(path: string, token: string, signal: AbortSignal): Promise<Response> {
  return fetch(path, { headers: { authorization: `Bearer ${token}` }, credentials: 'omit', redirect: 'error', signal });
}
