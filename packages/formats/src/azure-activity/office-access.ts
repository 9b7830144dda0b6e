import { type Action, actionOf, type Category } from '@daybook/protocol';
import { actionOfDirectory } from './azure-access.ts';

export interface OfficeAccess {
  readonly action: Action;
  readonly category: Category;
}

/** Names of operations (learn.microsoft.com, "Audit log activities"); the first that fits. */
const ACTIONS: readonly (readonly [RegExp, Action])[] = [
  [/log(?:ged)?(?:out|off)|signed?out|^signout/i, 'logout'],
  [/^user(?:logged?in|loginfailed)|^(?:mailboxlogin|teamssessionstarted|signinevent)$|logged ?in$/i, 'login'],
  [/^add-(?:mailbox|mailboxfolder|recipient|publicfolderclient)?permission$|^add-(?:rolegroupmember|managementroleentry)$|^new-managementroleassignment$|^(?:memberroleupdated|sitecollectionadminadded|addedtogroup|memberadded|permissionlevelassigned)/i, 'grant'],
  [/^remove-\w*permission$|^remove-(?:rolegroupmember|managementroleassignment)$|^(?:removedfromgroup|memberremoved|sitecollectionadminremoved)|(?:linkdisabled|linkremoved|sharing(?:revoked|invitationrevoked)|unshared)$/i, 'revoke'],
  [/^sharing(?:set|invitation\w*|inheritance\w*)|(?:linkcreated|linkupdated|addedtosecurelink|shared)$/i, 'share'],
  [/(?:accessed|accessedextended|previewed|viewed|viewedextended|bind|mailitemsaccessed|heard|read|view)$/i, 'read'],
  [/downloaded(?:full|partial)?$|^export/i, 'export'],
  [/^search|searched$|query/i, 'query'],
  [/(?:deleted|recycled|removed|purged|recyclebin)$|(?:hard|soft)delete|^movetodeleteditems|(?:recyclebinemptied)/i, 'delete'],
  [/uploaded(?:full|partial)?$|(?:created|added|copied|restored|installed|registered|sent|posted)$|^(?:send|sendas|sendonbehalf|create|copy)$/i, 'create'],
  [/(?:modified|modifiedextended|renamed|moved|updated|changed|edited|set|checkedin|checkedout|published|checkoutdiscarded)$|^(?:move|update|updateinboxrules|updatefolderpermissions|updatecalendardelegation)$/i, 'update'],
]; // biome-ignore format: a table

const AUTHENTICATION: ReadonlySet<Action> = new Set<Action>(['login', 'logout']);
const IAM: ReadonlySet<Action> = new Set<Action>(['grant', 'revoke']);

export function accessOfOffice(operation: string, workload: string): OfficeAccess {
  const action = ACTIONS.find(([pattern]) => pattern.test(operation))?.[1];
  if (action !== undefined && AUTHENTICATION.has(action)) return { action, category: 'authentication' };
  if (workload === 'AzureActiveDirectory') return actionOfDirectory(operation);
  const found = action ?? actionOf(operation);
  if (IAM.has(found)) return { action: found, category: 'iam' };
  // Cmdlets of Exchange, Teams and the compliance centre change how things are set.
  if (/^(?:New|Set|Remove|Enable|Disable|Add|Update|Install|Start|Stop)-/.test(operation)) return { action: found, category: 'config' };
  return { action: found, category: workload === 'SharePoint' || workload === 'OneDrive' ? 'file' : 'data' };
}
