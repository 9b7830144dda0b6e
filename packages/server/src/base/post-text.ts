import { deadline } from './deadline.ts';

/** How long an outside receiver may take for one request: it is told a short text and need not think. */
const POST_TIMEOUT_MS = 10_000;

/** Sends a text to an outside receiver. Rejects unless the answer is 2xx; follows no redirect, since the operator named one address. */
export async function postText(url: string, body: string, signal: AbortSignal): Promise<void> {
  const limit = deadline(POST_TIMEOUT_MS, signal);
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      redirect: 'error',
      signal: limit.signal,
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
  } finally {
    limit.clear();
  }
}
