/** asm-generic/errno-base.h and errno.h: the first 40, and what sockets add. */
const BASE =
  'EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ' +
  'ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP';
const MORE: Readonly<Record<string, string>> = {
  '95': 'EOPNOTSUPP',
  '97': 'EAFNOSUPPORT',
  '98': 'EADDRINUSE',
  '99': 'EADDRNOTAVAIL',
  '101': 'ENETUNREACH',
  '104': 'ECONNRESET',
  '106': 'EISCONN',
  '107': 'ENOTCONN',
  '110': 'ETIMEDOUT',
  '111': 'ECONNREFUSED',
  '113': 'EHOSTUNREACH',
  '114': 'EALREADY',
  '115': 'EINPROGRESS',
};
const NAMES = BASE.split(' ');

/** The name of an `exit=-13`, or of what `ausearch -i` writes, `EACCES(Permission denied)`; the number itself when it has none. */
export function errnoName(exit: string): string {
  if (!exit.startsWith('-')) return exit.replace(/\(.*$/, '');
  const number = exit.slice(1);
  return NAMES[Number(number) - 1] ?? MORE[number] ?? exit;
}
