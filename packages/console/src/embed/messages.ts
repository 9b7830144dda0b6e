/**
 * What the page around and the viewer within say to each other, by postMessage. Around → viewer: a token. Viewer → around: that it needs one, and how high it is. The viewer
 * does nothing else that the page around says: no filter, no address, no wider range can come from there.
 */
export interface TokenMessage {
  readonly daybook: 'token';
  readonly token: string;
  readonly theme?: 'light' | 'dark';
}

export type ViewerMessage = { readonly daybook: 'token-wanted' } | { readonly daybook: 'height'; readonly px: number };

export function isTokenMessage(value: unknown): value is TokenMessage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'daybook' in value &&
    value.daybook === 'token' &&
    'token' in value &&
    typeof value.token === 'string'
  );
}

export function isViewerMessage(value: unknown): value is ViewerMessage {
  if (typeof value !== 'object' || value === null || !('daybook' in value)) return false;
  return value.daybook === 'token-wanted' || (value.daybook === 'height' && 'px' in value && typeof value.px === 'number');
}
