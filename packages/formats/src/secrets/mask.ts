/** What stands in place of a secret, in events and in the text that is kept of a record. */
export const MASK = '[redacted]';
