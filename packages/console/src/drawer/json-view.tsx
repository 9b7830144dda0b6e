import { parseJson } from '@daybook/protocol';
import { useMemo } from 'react';
import { visible } from '../event.ts';

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON for reading, set in lines. It is text throughout: the colours are elements around pieces of it. */
export function JsonView({ text }: { readonly text: string }) {
  const parts = useMemo(() => partsOf(pretty(text)), [text]);
  return (
    // Focusable, since it can be wider than its place.
    // oxlint-disable-next-line no-noninteractive-tabindex
    <pre className="json untrusted" tabIndex={0} role="region" aria-label="JSON">
      {parts.map(({ kind, text: part }, i) =>
        kind === undefined ? (
          part
        ) : (
          <span key={i} className={kind}>
            {part}
          </span>
        ),
      )}
    </pre>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(parseJson(text), null, 2);
  } catch {
    return text;
  }
}

function partsOf(text: string): { readonly kind?: string; readonly text: string }[] {
  const parts: { kind?: string; text: string }[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > at) parts.push({ text: text.slice(at, match.index) });
    const [whole, string, colon] = match;
    if (colon !== undefined) parts.push({ kind: 'key', text: visible(string ?? '') }, { text: colon });
    else parts.push({ kind: string === undefined ? 'literal' : 'string', text: visible(whole) });
    at = match.index + whole.length;
  }
  parts.push({ text: text.slice(at) });
  return parts;
}
