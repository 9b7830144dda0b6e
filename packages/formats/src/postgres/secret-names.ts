/** Quick look at a whole record: most have nothing to hide. */
export const SUSPECT =
  /passw|passp|passc|_pass|\bpass\b|pwd|identified\s+by|crypt|hmac|digest|:\/\/|secret|token|(?:api|access|private|ption|signing|master|auth)_?key|credential|jwt|authorization|bearer|account_add|\bprogram|_command/i;

/** What a setting, a column, an option or a parameter is called that holds a secret: its name ends so, or in what was made of it. */
export const SECRET_NAME =
  '(?:password|passwd|passphrase|passcode|passwort|_pass|\\bpass|pwd|secret|token|credentials?|(?:api|access|private|secret|encryption|signing|master|auth)_?key|jwt|' +
  '(?<!SESSION\\s{1,8})\\bauthorization|identified\\s{1,8}by)(?:_?(?:hash|hashed|digest|encrypted|enc|plain|value|text|new|old|command))?(?![\\w$])';
