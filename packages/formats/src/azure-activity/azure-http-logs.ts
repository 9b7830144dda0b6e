import { type JsonRecord, outcomeOfStatus } from '@daybook/protocol';
import { maskText } from '../json/attributes.ts';
import { address, firstOf, str, uint } from '../json/values.ts';
import type { EventFields } from '../result.ts';
import { actionOfMethod } from '../web-access/access.ts';
import type { AzureRecord } from './azure-record.ts';
import { said } from './said.ts';

/* Logs of HTTP requests (learn.microsoft.com: App Service, Application Gateway, Front Door and CDN, Microsoft Graph activity logs), each in words of its own. */

interface HttpRequest {
  readonly method: string | undefined;
  readonly target: string | undefined;
  readonly status: string | undefined;
  readonly ip: string | undefined;
  readonly agent: string | undefined;
  readonly host: string | undefined;
}

function requestFields(request: HttpRequest, record: AzureRecord): EventFields {
  const { method = '', status } = request;
  return {
    actor_type: 'unknown',
    event_type: method === '' ? record.operation : method,
    action: actionOfMethod(method),
    category: 'http',
    method,
    resource: maskText(request.target ?? '/'),
    resource_type: 'url',
    host: request.host,
    ip_address: address(request.ip),
    user_agent: request.agent,
    protocol: 'http',
    status_code: status,
    outcome: (status !== undefined && /^\d{3}$/.test(status) ? outcomeOfStatus(Number(status)) : undefined) ?? 'unknown',
  };
}

function withQuery(path: string | undefined, query: string | undefined): string {
  return `${path ?? '/'}${query === undefined || query === '-' ? '' : `?${query}`}`;
}

export function appServiceFields(p: JsonRecord, record: AzureRecord): EventFields {
  const user = said(p, 'CsUsername');
  const named = user !== undefined && user !== '-';
  return {
    ...requestFields(
      {
        method: said(p, 'CsMethod'),
        target: withQuery(said(p, 'CsUriStem'), said(p, 'CsUriQuery')),
        status: said(p, 'ScStatus'),
        ip: said(p, 'CIp'),
        agent: said(p, 'UserAgent'),
        host: said(p, 'CsHost'),
      },
      record,
    ),
    user_id: named ? user : undefined,
    actor_type: named ? 'user' : 'unknown',
    bytes_out: uint(p['ScBytes'] ?? p['scBytes']),
    duration_ms: uint(p['TimeTaken'] ?? p['timeTaken']),
  };
}

export function gatewayFields(p: JsonRecord, record: AzureRecord): EventFields {
  return {
    ...requestFields(
      {
        method: str(p['httpMethod']),
        target: withQuery(str(p['requestUri']), str(p['requestQuery'])),
        status: str(p['httpStatus']),
        ip: firstOf(p['clientIP'], p['clientIp']),
        agent: str(p['userAgent']),
        host: firstOf(p['originalHost'], p['host']),
      },
      record,
    ),
    bytes_out: uint(p['sentBytes']),
    duration_ms: seconds(p['timeTaken']),
  };
}

/** `clientIp` is what X-Forwarded-For claims, where there is one. */
export function frontDoorFields(p: JsonRecord, record: AzureRecord): EventFields {
  const claimed = address(p['clientIp']);
  const seen = address(p['socketIp']);
  return {
    ...requestFields(
      {
        method: str(p['httpMethod']),
        target: str(p['requestUri']),
        status: str(p['httpStatusCode']),
        ip: seen,
        agent: str(p['userAgent']),
        host: str(p['hostName']),
      },
      record,
    ),
    ip_chain: claimed !== undefined && claimed !== seen ? [claimed, ...(seen === undefined ? [] : [seen])] : undefined,
    bytes_out: uint(p['responseBytes']),
    duration_ms: seconds(p['timeTaken']),
  };
}

/** What a web application firewall stopped; of what it only noticed the access log tells. */
export function firewallFields(p: JsonRecord, record: AzureRecord): EventFields {
  return {
    ...requestFields(
      {
        method: str(p['requestMethod']),
        target: str(p['requestUri']),
        status: undefined,
        // Before Front Door's a proxy may claim another.
        ip: firstOf(p['socketIP'], p['clientIp'], p['clientIP']),
        agent: str(p['userAgent']),
        host: firstOf(p['hostname'], p['host']),
      },
      record,
    ),
    event_type: 'blocked',
    action: 'access',
    outcome: 'denied',
    reason: maskText(firstOf(p['message'], p['ruleName'], p['Message'], p['ruleId']) ?? ''),
  };
}

export function isFirewallLog(category: string, p: JsonRecord): boolean {
  return /^(?:ApplicationGateway|FrontDoorWebApplication)FirewallLog$/i.test(category) && /^block/i.test(str(p['action']) ?? '');
}

/** Who asked Microsoft Graph for what. */
export function graphFields(p: JsonRecord, record: AzureRecord): EventFields {
  const person = str(p['userId']);
  const service = firstOf(p['servicePrincipalId'], p['appId']);
  return {
    ...requestFields(
      {
        method: str(p['requestMethod']),
        target: str(p['requestUri']),
        status: str(p['responseStatusCode']),
        ip: firstOf(p['ipAddress'], record.ip),
        agent: str(p['userAgent']),
        host: undefined,
      },
      record,
    ),
    category: 'api',
    user_id: person ?? service,
    actor_type: person !== undefined ? 'user' : service !== undefined ? 'service' : 'unknown',
    agent_id: str(p['appId']),
    session_id: str(p['sessionId']),
    bytes_out: uint(p['responseSizeBytes']),
    duration_ms: uint(p['durationMs']),
  };
}

function seconds(value: unknown): number | undefined {
  const taken = Number(str(value) ?? Number.NaN);
  return taken >= 0 ? Math.round(taken * 1e6) / 1e3 : undefined;
}
