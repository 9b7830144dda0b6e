import type { Format } from './format.ts';
import { kubernetesAudit } from './kubernetes-audit/kubernetes-audit.ts';
import { cloudtrail } from './cloudtrail/cloudtrail.ts';
import { githubAudit } from './github-audit/github-audit.ts';
import { okta } from './okta/okta.ts';
import { vault } from './vault/vault.ts';
import { gcpAudit } from './gcp-audit/gcp-audit.ts';
import { azureActivity } from './azure-activity/azure-activity.ts';
import { teleport } from './teleport/teleport.ts';

/** Every format that Daybook brings along, in the order in which equals are recognised. */
export const FORMATS: readonly Format[] = [kubernetesAudit, cloudtrail, githubAudit, okta, vault, gcpAudit, azureActivity, teleport];

export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
