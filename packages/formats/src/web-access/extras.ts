import { addressOf } from '../addresses.ts';
import { type Access, present } from './access.ts';
import { unescaped } from './escapes.ts';
import type { Token } from './tokens.ts';

/** What operators append to the combined format: named values by their names, one list of addresses as the proxy chain, an ingress controller's by its shape. */
export function addExtras(tokens: readonly Token[], access: Access): void {
  if (isIngress(tokens)) return addIngress(tokens, access);
  const unnamed: string[] = [];
  for (const token of tokens) {
    const pair = token.kind === 'bare' ? PAIR.exec(token.text) : null;
    if (pair?.[1] !== undefined) addPair(pair[1], pair[2] ?? '', access);
    else if (token.kind === 'quoted' && access.forwarded === undefined && isChain(token.text)) access.forwarded = token.text;
    else unnamed.push(unescaped(token.text));
  }
  if (unnamed.some((value) => value !== '-')) access.more['extra'] = unnamed;
}

const PAIR = /^([A-Za-z_][\w.-]{0,63})[=:](.*)$/;

function addPair(name: string, text: string, access: Access): void {
  const value = present(text.startsWith('"') ? text.slice(1).replace(/"$/, '') : text);
  if (value === undefined) return;
  if ((name === 'rt' || name === 'request_time') && /^\d{1,9}\.\d{3}$/.test(value)) access.durationMs = Math.round(Number(value) * 1000);
  else if (name === 'request_id' || name === 'rid') access.requestId = value;
  access.more[name] = unescaped(value);
}

/** A list of addresses in quotes is X-Forwarded-For, as in the configuration that nginx brings along. */
function isChain(text: string): boolean {
  return text.length <= CHAIN_CHARS_MAX && text !== '' && text.split(',').every((part) => addressOf(part.trim()) !== undefined);
}

const CHAIN_CHARS_MAX = 1024;

/**
 * ingress-nginx (its documentation, "Log format"): `$request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr
 * $upstream_response_length $upstream_response_time $upstream_status $req_id`.
 */
function isIngress(tokens: readonly Token[]): boolean {
  return (
    tokens.length >= 9 && tokens[2]?.kind === 'bracketed' && tokens[3]?.kind === 'bracketed' && /^\d+\.\d{3}$/.test(tokens[1]?.text ?? '')
  );
}

function addIngress(tokens: readonly Token[], access: Access): void {
  const [length, time, upstream, alternative, ...rest] = tokens.map(({ text }) => text);
  access.durationMs = Math.round(Number(time) * 1000);
  const id = rest.at(-1);
  if (id !== undefined && /^[\da-f]{32}$/.test(id)) access.requestId = id;
  const named = { request_length: length, proxy_upstream_name: upstream, proxy_alternative_upstream_name: alternative };
  for (const [name, value] of Object.entries(named)) if (present(value) !== undefined) access.more[name] = value;
  access.more['upstream'] = rest.slice(0, -1).join(' ');
}
