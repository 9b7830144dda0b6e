import type { Producer } from './producers.ts';

/** The events of Windows' security log that tell of an access, by number (Microsoft's "Appendix L: events to monitor" and the page of each): the verb. */
const ACTIONS: Readonly<Record<string, string>> = {
  login: '4624 4625 4648 4768 4769 4770 4771 4772 4773 4776 4777 4964 528 529 530 531 532 533 534 535 536 537 539 540',
  logout: '4634 4647 538 551',
  connect: '4778 5140 5145',
  disconnect: '4779',
  create: '4720 4727 4731 4741 4744 4749 4754 4759 624 4698',
  delete: '4726 4730 4734 4743 4748 4753 4758 4660 4663d 1102 517 630',
  update: '4722 4723 4724 4725 4735 4737 4738 4740 4742 4755 4764 4767 4781 4670 642 644 4657',
  grant: '4672 4704 4717 4728 4732 4746 4751 4756 4761 632 636 660',
  revoke: '4705 4718 4729 4733 4747 4752 4757 4762 633 637 661',
  configure: '4697 7045 4699 4700 4701 4702 4713 4716 4719 4739 4864 4906 4907 4912 1100 4616',
  execute: '4688 4673 4674',
  access: '4656 4658 4661 4662 4663',
};
/** Log-ons whose account is the one that asks for them; elsewhere the subject acts, and the target is acted upon. */
const LOGONS =
  '4624|4625|4634|4647|4768|4769|4770|4771|4772|4773|4776|4777|4778|4779|4800|4801|4964|528|529|530|531|532|533|534|535|536|537|538|539|540|551';
const FAILED = new Set('4625 4771 4772 4773 4777 529 530 531 532 533 534 535 536 537 539'.split(' '));
const SUCCEEDED = new Set('4624 4634 4647 528 538 540 551'.split(' '));

const ACTION_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(ACTIONS).flatMap(([action, ids]) => ids.split(' ').map((id) => [id, action] as const)),
);

/** By what the event's number says. */
export function windowsAction(id: string): string | undefined {
  return ACTION_OF.get(id);
}

export function windowsOutcome(id: string): string | undefined {
  return FAILED.has(id) ? 'failure' : SUCCEEDED.has(id) ? 'success' : undefined;
}

/** Where exporters put the number, and the event's own data: Winlogbeat, NXLog and tables, evtx_dump, Wazuh's agent. */
const ID = 'winlog.event_id|event_id|EventID|EventId|Event.System.EventID|Event.System.EventID.#text|data.win.system.eventID|Id';
const DATA = ['', 'winlog.event_data.', 'event_data.', 'EventData.', 'Event.EventData.', 'data.win.eventdata.'];

/** A name in each of the places; Wazuh writes it with a small first letter. */
function data(...names: readonly string[]): string {
  return names
    .flatMap((name) =>
      DATA.map((place) => (place.startsWith('data.win') ? `${place}${name[0]?.toLowerCase()}${name.slice(1)}` : place + name)),
    )
    .join(' ');
}

const anyOf = (paths: string): string => paths.replaceAll(' ', '|');
const ids = (reader: string): string =>
  ID.split('|')
    .map((path) => `${path}:${reader}`)
    .join(' ');

const COMMON: Readonly<Record<string, string>> = {
  event_id: '',
  timestamp: '@timestamp TimeCreated EventTime Event.System.TimeCreated.#attributes.SystemTime data.win.system.systemTime TimeGenerated',
  event_type: ID.replaceAll('|', ' '),
  action: ids('windows_action'),
  outcome: `winlog.keywords:audit_keywords Keywords:audit_keywords EventType:audit_keywords KeywordsDisplayNames:audit_keywords keywords:audit_keywords Event.System.Keywords:audit_keywords data.win.system.severityValue:audit_keywords ${ids('windows_outcome')}`,
  ip_address: data('IpAddress', 'ClientAddress', 'SourceNetworkAddress'),
  host: 'winlog.computer_name computer_name Computer Hostname MachineName Event.System.Computer data.win.system.computer',
  auth_method: data('AuthenticationPackageName', 'PackageName'),
  session_id: data('TargetLogonId'),
  status_code: data('Status', 'FailureCode', 'ErrorCode'),
  reason: data('FailureReason', 'SubStatus'),
  resource: data('ObjectName', 'ShareName', 'ServiceName', 'NewProcessName', 'WorkstationName'),
  resource_type: data('ObjectType'),
  resource_parent: data('TargetDomainName'),
  source_event_id: 'winlog.record_id RecordNumber EventRecordID Event.System.EventRecordID data.win.system.eventRecordID RecordId',
};

const SUBJECT = data('SubjectUserName', 'CallerUserName');
const TARGET = data('TargetUserName', 'TargetUserSid', 'MemberName');

export const WINDOWS_PRODUCERS: readonly Producer[] = [
  {
    title: "Windows' security log, log-ons",
    when: [`${ID}=${LOGONS}`, anyOf(TARGET)],
    names: { ...COMMON, user_id: data('TargetUserName', 'AccountName', 'SubjectUserName'), category: "'authentication'" },
  },
  {
    title: "Windows' security log",
    when: [ID, anyOf(SUBJECT)],
    names: { ...COMMON, user_id: SUBJECT, target_user_id: TARGET },
  },
];
