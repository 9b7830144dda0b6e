import type { ActorType } from '@daybook/protocol';

/**
 * What kind of actor a user name is (kubernetes.io/docs/reference/access-authn-authz/authentication): service accounts, components and the anonymous
 * user have reserved prefixes that no authenticator gives to people, but for the administrator's first certificate (k3s, OpenShift); `eks:` and `aks:` are the
 * providers' own controllers.
 */
export function actorTypeOf(username: string): ActorType {
  if (username === '') return 'unknown';
  if (username === 'system:anonymous' || username === 'system:unauthenticated') return 'anonymous';
  if (username.startsWith('system:serviceaccount:')) return 'service';
  if (username === 'system:admin') return 'user';
  if (username.startsWith('system:') || username.startsWith('eks:') || username.startsWith('aks:') || username === 'aksService')
    return 'system';
  return 'user';
}
