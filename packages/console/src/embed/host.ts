/**
 * For pages of others, `<script src="https://audit.example.com/embed.js">`: defines `<daybook-trail token-url="/my-own/endpoint">`. It frames the viewer and hands it a token that
 * the page's own server made: `token-url` answers `{"token": "dbk_…"}` to the page's own user. The token is in no address and in no storage.
 */
import { parseJson } from '@daybook/protocol';
import { isViewerMessage, type TokenMessage } from './messages.ts';

/** Where this script came from is where the viewer is. */
const HOME = document.currentScript instanceof HTMLScriptElement ? new URL(document.currentScript.src).origin : window.location.origin;
const HEIGHT_PX_MAX = 4000;

class DaybookTrail extends HTMLElement {
  readonly #frame = document.createElement('iframe');
  readonly #listen = (event: MessageEvent<unknown>) => this.#heard(event);

  connectedCallback(): void {
    this.#frame.src = `${HOME}/embed`;
    this.#frame.title = this.getAttribute('title') ?? 'Access trail';
    this.#frame.style.cssText = 'border:0;width:100%;height:480px;display:block;color-scheme:auto';
    // What it may: run its own scripts, be of its own origin, open a link. Nothing reaches over into the page around.
    this.#frame.setAttribute('sandbox', 'allow-scripts allow-same-origin');
    this.#frame.referrerPolicy = 'no-referrer';
    window.addEventListener('message', this.#listen);
    this.append(this.#frame);
  }

  disconnectedCallback(): void {
    window.removeEventListener('message', this.#listen);
    this.#frame.remove();
  }

  #heard({ source, origin, data }: MessageEvent<unknown>): void {
    if (source !== this.#frame.contentWindow || origin !== HOME || !isViewerMessage(data)) return;
    if (data.daybook === 'token-wanted') void this.#handToken();
    else if (!this.hasAttribute('fixed')) this.#frame.style.height = `${Math.min(HEIGHT_PX_MAX, Math.max(120, Math.ceil(data.px)))}px`;
  }

  async #handToken(): Promise<void> {
    const answer = await fetch(this.getAttribute('token-url') ?? '', {
      credentials: 'same-origin',
      headers: { accept: 'application/json' },
    });
    const value: unknown = parseJson(await answer.text());
    const token = typeof value === 'object' && value !== null && 'token' in value ? value.token : undefined;
    if (typeof token !== 'string') throw new Error('daybook-trail: token-url answers {"token": "dbk_…"}');
    const theme = this.getAttribute('theme');
    const message: TokenMessage = { daybook: 'token', token, ...(theme === 'light' || theme === 'dark' ? { theme } : {}) };
    this.#frame.contentWindow?.postMessage(message, HOME);
  }
}

if (customElements.get('daybook-trail') === undefined) customElements.define('daybook-trail', DaybookTrail);
