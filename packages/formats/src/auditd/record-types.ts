import type { ACTIONS, CATEGORIES } from '@daybook/protocol';

export type Action = (typeof ACTIONS)[number];
export type Category = (typeof CATEGORIES)[number];

/**
 * What a record type is (audit-documentation specs/messages/message-dictionary.csv).
 * - `session`: a program let someone in or out; `acct` is who, unless it is su's or sudo's kin
 * - `account`: a program changed an account; `acct` or `id` is the one changed
 * - `system`: something of the machine was changed or started
 * - `access`: a decision about an access: SELinux, AppArmor, seccomp, fanotify
 * - `part`: says something about the event of another record, and nothing alone
 * - `noise`: no access
 */
export type Kind = 'session' | 'account' | 'system' | 'access' | 'syscall' | 'part' | 'noise';

export interface RecordType {
  readonly kind: Kind;
  readonly action: Action;
  readonly category: Category;
}

const TABLE: readonly (readonly [Kind, Action, Category, string])[] = [
  ['session', 'login', 'authentication', 'USER_AUTH USER_LOGIN GRP_AUTH USER_ERR'],
  ['session', 'access', 'authentication', 'USER_ACCT CHGRP_ID CHUSER_ID DAC_CHECK MAC_CHECK CRED_ACQ CRED_REFR'],
  ['session', 'logout', 'authentication', 'USER_LOGOUT'],
  ['session', 'connect', 'session', 'USER_START LOGIN CRYPTO_LOGIN'],
  ['session', 'disconnect', 'session', 'USER_END CRED_DISP CRYPTO_LOGOUT'],
  ['session', 'execute', 'session', 'USER_CMD USER_TTY TTY'],
  ['session', 'access', 'session', 'USER_ROLE_CHANGE USER_DEVICE DEV_ALLOC DEV_DEALLOC'],
  ['session', 'export', 'data', 'USER_LABELED_EXPORT USER_UNLABELED_EXPORT'],
  ['account', 'create', 'iam', 'ADD_USER ADD_GROUP'],
  ['account', 'delete', 'iam', 'DEL_USER DEL_GROUP'],
  ['account', 'update', 'iam', 'USER_MGMT GRP_MGMT USER_CHAUTHTOK GRP_CHAUTHTOK ACCT_LOCK ACCT_UNLOCK LABEL_OVERRIDE LABEL_LEVEL_CHANGE'],
  ['account', 'grant', 'iam', 'ROLE_ASSIGN ROLE_MODIFY'],
  ['account', 'revoke', 'iam', 'ROLE_REMOVE'],
  ['system', 'configure', 'config', 'CONFIG_CHANGE FEATURE_CHANGE DAEMON_START DAEMON_END DAEMON_ABORT DAEMON_CONFIG DAEMON_RECONFIG'],
  ['system', 'connect', 'session', 'DAEMON_ACCEPT'],
  ['system', 'disconnect', 'session', 'DAEMON_CLOSE'],
  ['system', 'configure', 'config', 'SERVICE_START SERVICE_STOP SYSTEM_BOOT SYSTEM_SHUTDOWN SYSTEM_RUNLEVEL USYS_CONFIG VIRT_CONTROL VIRT_RESOURCE VIRT_CREATE VIRT_DESTROY VIRT_MIGRATE_IN VIRT_MIGRATE_OUT NETFILTER_CFG BPF KERN_MODULE MAC_POLICY_LOAD MAC_STATUS MAC_CONFIG_CHANGE MAC_UNLBL_ALLOW MAC_CIPSOV4_ADD MAC_CIPSOV4_DEL MAC_CALIPSO_ADD MAC_CALIPSO_DEL MAC_MAP_ADD MAC_MAP_DEL MAC_IPSEC_ADDSA MAC_IPSEC_DELSA MAC_IPSEC_ADDSPD MAC_IPSEC_DELSPD MAC_IPSEC_EVENT MAC_UNLBL_STCADD MAC_UNLBL_STCDEL USER_MAC_POLICY_LOAD USER_MAC_CONFIG_CHANGE USER_MAC_STATUS FS_RELABEL ANOM_PROMISCUOUS DM_CTRL DM_EVENT EVENT_LISTENER IPE_CONFIG_CHANGE IPE_POLICY_LOAD INTEGRITY_POLICY_RULE APPARMOR_STATUS'],
  ['system', 'deploy', 'config', 'SOFTWARE_UPDATE'],
  ['access', 'access', 'file', 'AVC USER_AVC APPARMOR_DENIED APPARMOR_ALLOWED APPARMOR_AUDIT FANOTIFY SECCOMP SELINUX_ERR USER_SELINUX_ERR IPE_ACCESS LANDLOCK_ACCESS ANOM_LINK ANOM_CREAT INTEGRITY_DATA INTEGRITY_METADATA'],
  ['session', 'login', 'authentication', 'ANOM_LOGIN_FAILURES ANOM_LOGIN_TIME ANOM_LOGIN_SESSIONS ANOM_LOGIN_ACCT ANOM_LOGIN_LOCATION ANOM_LOGIN_SERVICE ANOM_ORIGIN ANOM_AUTH'],
  ['account', 'update', 'iam', 'ANOM_ADD_ACCT ANOM_DEL_ACCT ANOM_MOD_ACCT ANOM_ROOT_TRANS RESP_ACCT_REMOTE RESP_ACCT_LOCK_TIMED RESP_ACCT_UNLOCK_TIMED RESP_ACCT_LOCK RESP_TERM_LOCK RESP_TERM_ACCESS RESP_ORIGIN_BLOCK RESP_ORIGIN_BLOCK_TIMED RESP_ORIGIN_UNBLOCK_TIMED'],
  ['syscall', 'other', 'api', 'SYSCALL URINGOP'],
  ['part', 'other', 'api', 'PATH CWD EXECVE PROCTITLE SOCKADDR EOE IPC IPC_SET_PERM SOCKETCALL FD_PAIR OBJ_PID BPRM_FCAPS CAPSET MMAP MQ_OPEN MQ_SENDRECV MQ_NOTIFY MQ_GETSETATTR KERNEL_OTHER AVC_PATH OPENAT2 TIME_INJOFFSET TIME_ADJNTPVAL CONTAINER_ID MAC_TASK_CONTEXTS MAC_OBJ_CONTEXTS LANDLOCK_DOMAIN'],
  ['noise', 'other', 'audit', 'KERNEL DAEMON_ROTATE DAEMON_RESUME DAEMON_ERR TEST TRUSTED_APP USER LIST LIST_RULES TTY_GET TTY_SET ANOM_ABEND ANOM_EXEC ANOM_MK_EXEC ANOM_ACCESS_FS ANOM_MAX_DAC ANOM_MAX_MAC ANOM_AMTU_FAIL ANOM_RBAC_FAIL ANOM_RBAC_INTEGRITY_FAIL ANOM_CRYPTO_FAIL RESP_ANOMALY RESP_ALERT RESP_KILL_PROC RESP_SEBOOL RESP_EXEC RESP_SINGLE RESP_HALT CRYPTO_TEST_USER CRYPTO_PARAM_CHANGE_USER CRYPTO_REPLAY_USER CRYPTO_SESSION CRYPTO_KEY_USER CRYPTO_FAILURE_USER CRYPTO_IKE_SA CRYPTO_IPSEC_SA INTEGRITY_STATUS INTEGRITY_HASH INTEGRITY_PCR INTEGRITY_RULE INTEGRITY_EVM_XATTR VIRT_MACHINE_ID VIRT_INTEGRITY_CHECK APPARMOR APPARMOR_HINT APPARMOR_ERROR APPARMOR_KILL REPLACE'],
]; // biome-ignore format: a table

const TYPES: ReadonlyMap<string, RecordType> = new Map(
  TABLE.flatMap(([kind, action, category, names]) => names.split(' ').map((name) => [name, { kind, action, category }] as const)),
);

/** Types that a writer without the name wrote as a number: `UNKNOWN[1334]`, the kernel's own `type=1400` (linux/audit.h, lib/libaudit.h). */
const NUMBERS: readonly (readonly [number, string])[] = [
  [1006, 'LOGIN'],
  [1100, 'USER_AUTH USER_ACCT USER_MGMT CRED_ACQ CRED_DISP USER_START USER_END USER_AVC USER_CHAUTHTOK USER_ERR CRED_REFR USYS_CONFIG USER_LOGIN USER_LOGOUT ADD_USER DEL_USER ADD_GROUP DEL_GROUP DAC_CHECK CHGRP_ID TEST TRUSTED_APP USER_SELINUX_ERR USER_CMD USER_TTY CHUSER_ID GRP_AUTH SYSTEM_BOOT SYSTEM_SHUTDOWN SYSTEM_RUNLEVEL SERVICE_START SERVICE_STOP GRP_MGMT GRP_CHAUTHTOK MAC_CHECK ACCT_LOCK ACCT_UNLOCK USER_DEVICE SOFTWARE_UPDATE'],
  [1200, 'DAEMON_START DAEMON_END DAEMON_ABORT DAEMON_CONFIG DAEMON_RECONFIG DAEMON_ROTATE DAEMON_RESUME DAEMON_ACCEPT DAEMON_CLOSE DAEMON_ERR'],
  [1300, 'SYSCALL FS_WATCH PATH IPC SOCKETCALL CONFIG_CHANGE SOCKADDR CWD FS_INODE EXECVE'],
  [1311, 'IPC_SET_PERM MQ_OPEN MQ_SENDRECV MQ_NOTIFY MQ_GETSETATTR KERNEL_OTHER FD_PAIR OBJ_PID TTY EOE BPRM_FCAPS CAPSET MMAP NETFILTER_PKT NETFILTER_CFG SECCOMP PROCTITLE FEATURE_CHANGE REPLACE KERN_MODULE FANOTIFY TIME_INJOFFSET TIME_ADJNTPVAL BPF EVENT_LISTENER URINGOP OPENAT2 DM_CTRL DM_EVENT'],
  [1400, 'AVC SELINUX_ERR AVC_PATH MAC_POLICY_LOAD MAC_STATUS MAC_CONFIG_CHANGE MAC_UNLBL_ALLOW MAC_CIPSOV4_ADD MAC_CIPSOV4_DEL MAC_MAP_ADD MAC_MAP_DEL MAC_IPSEC_ADDSA MAC_IPSEC_DELSA MAC_IPSEC_ADDSPD MAC_IPSEC_DELSPD MAC_IPSEC_EVENT MAC_UNLBL_STCADD MAC_UNLBL_STCDEL MAC_CALIPSO_ADD MAC_CALIPSO_DEL IPE_ACCESS IPE_CONFIG_CHANGE IPE_POLICY_LOAD LANDLOCK_ACCESS LANDLOCK_DOMAIN MAC_TASK_CONTEXTS MAC_OBJ_CONTEXTS'],
  [1501, 'APPARMOR_AUDIT APPARMOR_ALLOWED APPARMOR_DENIED APPARMOR_HINT APPARMOR_STATUS APPARMOR_ERROR APPARMOR_KILL'],
  [1700, 'ANOM_PROMISCUOUS ANOM_ABEND ANOM_LINK ANOM_CREAT'],
  [2000, 'KERNEL'],
]; // biome-ignore format: a table

const BY_NUMBER: ReadonlyMap<string, string> = new Map(
  NUMBERS.flatMap(([first, names]) => names.split(' ').map((name, index) => [String(first + index), name] as const)),
);

/** Kernels of Ubuntu gave these numbers to what Linux gave others later; the record's own words tell. */
const UBUNTU: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['1420', ['subj_', 'MAC_TASK_CONTEXTS']],
  ['1421', ['obj_', 'MAC_OBJ_CONTEXTS']],
]);

export function typeName(type: string, body = ''): string {
  const other = UBUNTU.get(type);
  return other !== undefined && body.startsWith(other[0]) ? other[1] : (BY_NUMBER.get(type) ?? type);
}

export function recordType(name: string): RecordType | undefined {
  return TYPES.get(name);
}

/** A record of user space is an event of its own: nothing else with its id follows (audit-userspace auparse: types below 1300, and from 2100). */
const ALONE =
  /^(?:USER|CRED_|ADD_|DEL_|ACCT_|GRP_|SERVICE_|SYSTEM_|DAEMON_|ROLE_|CRYPTO_|VIRT_|RESP_|LABEL_|DEV_|ANOM_[LAERM](?!INK|BEND)|SOFTWARE_|CHGRP_|CHUSER_|USYS_|DAC_|MAC_CHECK|TEST|TRUSTED|KERNEL$)/;
const alone = new Map<string, boolean>();

export function standsAlone(name: string): boolean {
  let known = alone.get(name);
  if (known === undefined) {
    known = ALONE.test(name);
    // Names come from the input: only those of the table are kept.
    if (TYPES.has(name)) alone.set(name, known);
  }
  return known;
}
