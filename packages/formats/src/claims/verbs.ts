import { type Action, actionOf } from '@daybook/protocol';

/** What may stand behind a verb, and tells how it went: `UserLoginFailed`, `file_downloaded_success`. */
const ASPECTS = new Set(
  'failed failure fail error success succeeded successful successfully denied attempt attempted requested request started completed complete finished done event activity'.split(
    ' ',
  ),
);
/** Longer words are no verbs. */
const CHARS_MAX = 128;
/** Verdicts are kept for so many words; beyond, they are made each time. */
const REMEMBERED_MAX = 4096;
const remembered = new Map<string, Action>();

/**
 * The verb in another program's word for what happened: as the server reads it; else a verb in the past, before words of its result, or in two
 * (`document.viewed`, `UserLoginFailed`, `user signed in`).
 */
export function verbOf(word: string): Action {
  const known = remembered.get(word);
  if (known !== undefined) return known;
  const plain = actionOf(word);
  const found = plain !== 'other' || word.length > CHARS_MAX ? plain : ofPhrase(partsOf(word));
  if (remembered.size < REMEMBERED_MAX && word.length <= CHARS_MAX) remembered.set(word, found);
  return found;
}

function partsOf(word: string): string[] {
  return word
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((part) => part !== '');
}

function ofPhrase(parts: readonly string[]): Action {
  let end = parts.length;
  while (end > 1 && ASPECTS.has(parts[end - 1] ?? '')) end--;
  const last = parts[end - 1] ?? '';
  if (/^(?:log|sign)(?:ged|ed)?$/.test(parts[end - 2] ?? '')) {
    if (last === 'in' || last === 'on') return 'login';
    if (last === 'out' || last === 'off') return 'logout';
  }
  const found = ofWord(last);
  return found === 'other' ? ofWord(parts[0] ?? '') : found;
}

function ofWord(word: string): Action {
  for (const stem of [word, word.replace(/d$/, ''), word.replace(/(?:ed|s)$/, '')]) {
    const action = actionOf(stem);
    if (action !== 'other') return action;
  }
  return 'other';
}
