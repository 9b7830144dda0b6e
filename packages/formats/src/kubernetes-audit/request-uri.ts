import type { JsonRecord } from '@daybook/protocol';
import { redactedCommand } from '../redaction/command-line.ts';

/** What a request was for, where only its method and address were written down. */
export interface Request {
  readonly verb: string;
  readonly objectRef: JsonRecord | undefined;
}

const VERBS: ReadonlyMap<string, string> = new Map([
  ['post', 'create'],
  ['put', 'update'],
  ['patch', 'patch'],
  ['delete', 'delete'],
]);
const PREFIX = /^(?:\/k8s\/clusters\/[^/]+)?\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/(.+)$/;

/**
 * As the API server reads an address (k8s.io/apiserver pkg/endpoints/request/requestinfo.go): `/api/v1/namespaces/NS/RESOURCE/NAME/SUBRESOURCE`, a `watch` or
 * `proxy` before it; GET without a name lists, or watches. Other addresses name no resource, and their verb is the method in lower case.
 */
export function requestOf(method: string, uri: string): Request {
  const verb = method.toLowerCase();
  const mark = uri.indexOf('?');
  const found = PREFIX.exec(mark < 0 ? uri : uri.slice(0, mark));
  if (found === null) return { verb, objectRef: undefined };
  const parts = (found[1] ?? '').split('/').filter((part) => part !== '');
  const special = parts[0] === 'watch' || parts[0] === 'proxy' ? parts.shift() : undefined;
  const namespace = parts[0] === 'namespaces' && parts.length > 1 ? parts[1] : undefined;
  // `namespaces/NS` alone, and its status, are about the namespace itself.
  const own = namespace !== undefined && parts.length > 2 && parts[2] !== 'status' && parts[2] !== 'finalize' ? parts.slice(2) : parts;
  const [resource, name, subresource] = own;
  const watches = special === 'watch' || (verb === 'get' && /[?&]watch=(?:true|1)(?:&|$)/.test(uri));
  return {
    verb: special === 'proxy' ? 'proxy' : watches ? 'watch' : verbOf(verb, name !== undefined),
    objectRef: { resource, namespace, name, subresource },
  };
}

function verbOf(method: string, named: boolean): string {
  if (method === 'get' || method === 'head') return named ? 'get' : 'list';
  if (method === 'delete' && !named) return 'deletecollection';
  return VERBS.get(method) ?? method;
}

const ARGUMENT = /([?&])command=([^&]*)/g;

/** The words of a command that runs in a container stand in the address, one parameter each: masked as on any command line. */
export function withoutSecretArguments(uri: string): string {
  if (!uri.includes('command=')) return uri;
  const words = [...uri.matchAll(ARGUMENT)].map(([, , word = '']) => decoded(word));
  const typed = words.join(' ');
  const masked = redactedCommand(typed);
  if (masked === typed) return uri;
  // All words in the place of the first.
  let isFirst = true;
  return uri.replace(ARGUMENT, (_, before: string) => {
    const place = isFirst ? `${before}command=${masked.replaceAll('&', '%26').replaceAll(' ', '+')}` : '';
    isFirst = false;
    return place;
  });
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word.replaceAll('+', ' '));
  } catch {
    return word;
  }
}
