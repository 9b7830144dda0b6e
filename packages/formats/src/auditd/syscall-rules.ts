import type { Action, Category } from './record-types.ts';

/** What a system call does to what. */
export interface SyscallRule {
  readonly action: Action;
  readonly category: Category;
}

const TABLE: readonly (readonly [Action, Category, string])[] = [
  ['execute', 'session', 'execve execveat'],
  ['read', 'file', 'open openat openat2 open_by_handle_at read readv pread preadv pread64 readlink readlinkat access faccessat faccessat2 stat lstat fstat newfstatat statx getxattr lgetxattr fgetxattr listxattr llistxattr name_to_handle_at statfs fstatfs getxattrat listxattrat stat64 lstat64 fstat64 fstatat64 mmap mmap2'],
  ['list', 'file', 'getdents getdents64'],
  ['create', 'file', 'creat mkdir mkdirat mknod mknodat symlink symlinkat link linkat memfd_create'],
  ['delete', 'file', 'unlink unlinkat rmdir'],
  ['update', 'file', 'rename renameat renameat2 truncate ftruncate truncate64 ftruncate64 write writev pwrite pwrite64 chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat chown32 fchown32 lchown32 setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat utime utimes utimensat futimesat fallocate ioctl'],
  ['connect', 'session', 'connect accept accept4 sendto sendmsg recvfrom recvmsg socketcall'],
  ['configure', 'config', 'bind listen mount umount umount2 pivot_root chroot move_mount fsopen fsconfig fsmount open_tree mount_setattr swapon swapoff init_module finit_module create_module delete_module sethostname setdomainname settimeofday adjtimex clock_settime clock_adjtime stime reboot kexec_load kexec_file_load quotactl iopl ioperm sysctl setrlimit prlimit64 acct syslog bpf setns unshare perf_event_open userfaultfd'],
  ['access', 'session', 'setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid setuid32 setgid32 setresuid32 setreuid32 capset ptrace process_vm_readv process_vm_writev personality add_key request_key keyctl'],
  ['execute', 'session', 'kill tkill tgkill rt_sigqueueinfo pidfd_send_signal clone clone3 fork vfork'],
]; // biome-ignore format: a table

const RULES: ReadonlyMap<string, SyscallRule> = new Map(
  TABLE.flatMap(([action, category, names]) => names.split(' ').map((name) => [name, { action, category }] as const)),
);
const OTHER: SyscallRule = { action: 'other', category: 'api' };

export function syscallRule(name: string): SyscallRule {
  return RULES.get(name) ?? OTHER;
}

/** fcntl.h, the same for all three architectures. */
const O_ACCMODE = 0o3;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;
const FLAGS_AT: Readonly<Record<string, string>> = { open: 'a1', openat: 'a2' };

/** The argument that holds an open's flags, when the call has one. */
export function flagsArgument(name: string): string | undefined {
  return Object.hasOwn(FLAGS_AT, name) ? FLAGS_AT[name] : undefined;
}

/** What a file is opened for. */
export function openAction(flags: number): Action {
  return (flags & O_ACCMODE) !== 0 || (flags & (O_CREAT | O_TRUNC)) !== 0 ? 'update' : 'read';
}
