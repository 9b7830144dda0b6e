/** Quick looks, most records have nothing to hide: at a whole one for the commonest words, at its texts for the others. More alternatives cost more than two looks. */
const COMMON = /[pP][aA][sS][sS]|[fF][iI][eE][dD]\s+[bB][yY]|[cC][rR][yY][pP]|:\/\/|[sS][eE][cC][rR]/;
/** token, _key, apikey, pwd, program, hmac, digest, credential, jwt, authorization, bearer, _command, account_add. Spelled in both cases it takes half the time. */
const OTHERS =
  /[tT][oO][kK][eE][nN]|_[kK][eE][yY]|[pP](?:[wW][dD]|[rR][oO][gG][rR]|[iI][kK][eE][yY])|[hH][mM][aA][cC]|[dD][iI][gG][eE]|[cC][rR][eE][dD][eE]|[jJ][wW][tT]|[rR][iI][zZ][aA]|[bB][eE][aA][rR]|_[cC][oO][mM][mM]|[tT]_[aA][dD][dD]/;

/** Whether a text may hold a secret. */
export function mayHoldSecrets(text: string): boolean {
  return COMMON.test(text) || OTHERS.test(text);
}

/** Whether a record may: its whole text, and the texts in it that clients write. */
export function recordMayHoldSecrets(whole: string, message: string, ...more: readonly string[]): boolean {
  return COMMON.test(whole) || OTHERS.test(message) || more.some((text) => text !== '' && OTHERS.test(text));
}

/** What a setting, a column, an option or a parameter is called that holds a secret: its name ends so, or in what was made of it. */
export const SECRET_NAME =
  '(?:password|passwd|passphrase|passcode|passwort|_pass|\\bpass|pwd|secret|token|credentials?|(?:api|access|private|secret|encryption|signing|master|auth)_?key|jwt|' +
  '(?<!SESSION\\s{1,8})\\bauthorization|identified\\s{1,8}by)(?:_?(?:hash|hashed|digest|encrypted|enc|plain|value|text|new|old|command))?(?![\\w$])';
