import { type JsonRecord, recordOf } from '@daybook/protocol';
import { maskText } from '../json/attributes.ts';
import { firstOf, str } from '../json/values.ts';
import { withoutSecretArguments } from '../kubernetes-audit/request-uri.ts';

/** What an event was about: a database, an application, a cluster's object, a desktop, a file, a node. */
export function resourceOf(record: JsonRecord, type: string): Record<string, unknown> {
  const cluster = str(record['cluster_name']);
  if (type.startsWith('db.') && str(record['db_service']) !== undefined) {
    const database = str(record['db_name']);
    const resource = [str(record['db_service']), database].filter((part) => part !== undefined).join('/');
    return {
      resource,
      resource_type: 'database',
      resource_id: database,
      resource_parent: str(record['db_service']),
      protocol: str(record['db_protocol']),
    };
  }
  if (type.startsWith('app.session.') || (type.startsWith('app.') && record['app_name'] !== undefined)) return application(record, cluster);
  if (record['kubernetes_cluster'] !== undefined || type === 'kube.request') return kubernetes(record);
  const desktop = firstOf(record['desktop_name'], record['desktop_addr']);
  if (desktop !== undefined)
    return {
      resource: desktop,
      resource_type: 'desktop',
      resource_parent: cluster,
      protocol: 'rdp',
    };
  if (type === 'session.network' && str(record['dst_addr']) !== undefined) return connection(record);
  const path = type === 'scp' || type === 'sftp' || type === 'session.disk' ? str(record['path']) : undefined;
  const node = firstOf(record['server_hostname'], record['server_addr'], record['server_id']);
  const protocol = firstOf(record['proto'], type === 'exec' || path !== undefined ? 'ssh' : undefined);
  if (path !== undefined) return { resource: path, resource_type: 'file', resource_id: path, resource_parent: node, protocol };
  const repository = type === 'git.command' ? str(record['path']) : undefined;
  if (repository !== undefined)
    return {
      resource: repository,
      resource_type: 'repository',
      resource_id: repository,
      resource_parent: str(record['github_organization']),
      protocol: 'ssh',
    };
  const name = firstOf(record['name'], record['id']) ?? otherName(record, type);
  if (name !== undefined)
    return { resource: name, resource_type: type.split('.')[0], resource_id: name, resource_parent: cluster, protocol };
  if (node !== undefined)
    return { resource: node, resource_type: 'node', resource_id: str(record['server_id']), resource_parent: cluster, protocol };
  return { resource: cluster ?? 'teleport', resource_type: 'cluster', protocol };
}

function otherName(record: JsonRecord, type: string): string | undefined {
  if (type.startsWith('saml.')) return str(record['service_provider_entity_id']);
  if (!type.startsWith('device.')) return undefined;
  const device = recordOf(record['device']);
  return firstOf(device['asset_tag'], device['device_id']);
}

function application(record: JsonRecord, cluster: string | undefined): Record<string, unknown> {
  const path = str(record['path']);
  // The first versions had an address only, later requests a path only.
  const name = firstOf(record['app_name'], record['public_addr'], path === undefined ? cluster : undefined) ?? '';
  return {
    resource: path === undefined ? name : maskText(`${name}${path}`),
    resource_type: 'app',
    resource_id: name,
    resource_parent: cluster,
    protocol: 'http',
  };
}

/** What somebody's command in a session connected to. */
function connection(record: JsonRecord): Record<string, unknown> {
  const address = str(record['dst_addr']) ?? '';
  const port = str(record['dst_port']);
  const resource = port === undefined ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return { resource, resource_type: 'address', resource_id: resource, resource_parent: str(record['server_hostname']), protocol: 'tcp' };
}

function kubernetes(record: JsonRecord): Record<string, unknown> {
  const cluster = str(record['kubernetes_cluster']);
  const pod = str(record['kubernetes_pod_name']);
  const name = firstOf(record['resource_name'], pod);
  const path = str(record['request_path']);
  return {
    resource: path === undefined ? (name ?? cluster ?? 'kubernetes') : maskText(withoutSecretArguments(path)),
    resource_type: firstOf(record['resource_kind'], pod === undefined ? undefined : 'pods', 'kubernetes'),
    resource_id: name ?? (path === undefined ? cluster : undefined),
    resource_parent: firstOf(record['resource_namespace'], record['kubernetes_pod_namespace'], cluster),
    protocol: 'kubernetes',
  };
}
