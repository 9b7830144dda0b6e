/** Errors that are refusals (share/errmsg-utf8.txt of MariaDB, messages_to_clients.txt of MySQL): rights, accounts that are locked, hosts that are blocked. */
const DENIED = new Set([
  1044, 1045, 1095, 1130, 1129, 1131, 1132, 1142, 1143, 1147, 1211, 1226, 1227, 1370, 1410, 1419, 1449, 1470, 1698, 1820, 1862, 1873, 1290, 3118, 3159, 3164, 3202, 3530, 3619, 3879, 3955, 4031, 4151, 4166,
]); // biome-ignore format: a list of numbers

/** 0 is success; without a status nothing is known. */
export function outcomeOf(status: number | undefined): 'success' | 'failure' | 'denied' | 'unknown' {
  if (status === undefined || !Number.isSafeInteger(status)) return 'unknown';
  if (status === 0) return 'success';
  return DENIED.has(status) ? 'denied' : 'failure';
}

/** A wrong password or an unknown account: the servers have one error for both, and for a right that a statement lacks. */
const WRONG = new Set([1045, 1698]);

/** Of a login: who can not say who it is has failed, as elsewhere; who is known and may not is denied. */
export function loginOutcomeOf(status: number | undefined): ReturnType<typeof outcomeOf> {
  return status !== undefined && WRONG.has(status) ? 'failure' : outcomeOf(status);
}
