import type { Producer } from './producers.ts';

/** Access logs of web servers, proxies and content networks in JSON or columns. */
export const WEB_PRODUCERS: readonly Producer[] = [
  // Caddy (modules/caddyhttp/logging.go): the duration is in seconds; client_ip heeds only proxies that the operator trusts.
  {
    title: "Caddy's access log",
    when: ['request.remote_ip|request.remote_addr', 'request.uri'],
    names: {
      ...web(),
      ip_address: 'request.client_ip request.remote_ip request.remote_addr',
      method: 'request.method',
      resource: 'request.uri',
      resource_parent: 'request.host',
      user_agent: 'request.headers.User-Agent',
      duration_ms: 'duration:seconds',
      bytes_out: 'size',
    },
  },
  // Traefik (pkg/middlewares/accesslog): the duration is in nanoseconds; ClientHost is the peer's address.
  {
    title: "Traefik's access log",
    when: ['ClientHost|ClientAddr', 'DownstreamStatus|RequestMethod'],
    names: {
      ...web(),
      timestamp: 'StartUTC StartLocal time',
      user_id: 'ClientUsername',
      ip_address: 'ClientHost ClientAddr',
      method: 'RequestMethod',
      resource: 'RequestPath',
      resource_parent: 'RequestHost',
      outcome: 'DownstreamStatus:http OriginStatus:http',
      status_code: 'DownstreamStatus OriginStatus',
      duration_ms: 'Duration:nanoseconds',
      bytes_out: 'DownstreamContentSize',
      user_agent: 'request_User-Agent',
    },
  },
  // Envoy's and Istio's access log in JSON (Istio's default names): milliseconds. A status of 0 is a client that went away.
  {
    title: "Envoy's and Istio's access log",
    when: ['response_code', 'response_flags|upstream_cluster|downstream_remote_address'],
    names: {
      ...web(),
      timestamp: 'start_time',
      ip_address: 'downstream_remote_address downstream_direct_remote_address',
      resource_parent: 'authority',
      outcome: 'response_code:http',
      status_code: 'response_code',
      reason: 'response_code_details',
      duration_ms: 'duration',
      bytes_out: 'bytes_sent',
      method: 'method',
      resource: 'path x_envoy_original_path',
    },
  },
  // pino-http's serializers (pino-std-serializers): time and responseTime in milliseconds.
  {
    title: 'pino-http, bunyan and their likes',
    when: ['req.method', 'req.url'],
    names: {
      ...web(),
      ip_address: 'req.remoteAddress req.ip',
      method: 'req.method',
      resource: 'req.url',
      resource_parent: 'req.hostname',
      user_agent: 'req.headers.user-agent',
      outcome: 'res.statusCode:http',
      status_code: 'res.statusCode',
      reason: 'err.message',
      duration_ms: 'responseTime duration',
    },
  },
  {
    title: "Cloudflare's HTTP requests (Logpush)",
    when: ['ClientRequestMethod|ClientRequestURI|ClientRequestPath', 'EdgeResponseStatus|EdgeStartTimestamp|RayID'],
    names: {
      ...web(),
      timestamp: 'EdgeStartTimestamp EdgeEndTimestamp Datetime',
      ip_address: 'ClientIP',
      method: 'ClientRequestMethod',
      resource: 'ClientRequestURI ClientRequestPath',
      resource_parent: 'ClientRequestHost',
      user_agent: 'ClientRequestUserAgent',
      outcome: 'EdgeResponseStatus:http',
      status_code: 'EdgeResponseStatus',
      bytes_out: 'EdgeResponseBytes',
      request_id: 'RayID',
      country_code: 'ClientCountry',
    },
  },
  {
    title: "Cloudflare's audit logs",
    when: ['ActionType|action.type', 'ActorEmail|ActorID|actor.email|actor.id', 'When|when'],
    names: {
      timestamp: 'When when',
      event_type: 'ActionType action.type',
      outcome: 'ActionResult action.result',
      user_id: 'ActorEmail actor.email ActorID actor.id',
      user_email: 'ActorEmail actor.email',
      ip_address: 'ActorIP actor.ip',
      resource: 'ResourceID resource.id ResourceType resource.type',
      resource_type: 'ResourceType resource.type',
      resource_id: 'ResourceID resource.id',
      source_event_id: 'ID id',
    },
  },
  {
    title: "AWS WAF's log",
    when: ['webaclId', 'httpRequest.clientIp'],
    names: {
      ...web(),
      ip_address: 'httpRequest.clientIp',
      method: 'httpRequest.httpMethod',
      resource: 'httpRequest.uri',
      request_id: 'httpRequest.requestId',
      outcome: 'action:blocked',
      reason: 'terminatingRuleId',
    },
  },
  // Google Cloud's and others' LogEntry with a HttpRequest.
  {
    title: 'log entries with an httpRequest (Google Cloud)',
    when: ['httpRequest.requestMethod|httpRequest.requestUrl'],
    names: {
      ...web(),
      ip_address: 'httpRequest.remoteIp',
      method: 'httpRequest.requestMethod',
      resource: 'httpRequest.requestUrl',
      outcome: 'httpRequest.status:http',
      status_code: 'httpRequest.status',
      user_agent: 'httpRequest.userAgent',
      bytes_out: 'httpRequest.responseSize',
      duration_ms: 'httpRequest.latency:span',
      source_event_id: 'insertId',
    },
  },
  // Elastic Load Balancing and others that keep the request's line whole.
  {
    title: 'access logs with the whole request line (Elastic Load Balancing and others)',
    when: ['request:request_method', 'elb_status_code|status|response|status_code'],
    names: {
      ...web(),
      ip_address: 'client_ip client:ip remote_addr remote_host clientip host:ip',
      user_id: 'remote_user user auth',
      method: 'request:request_method',
      resource: 'request:request_target',
      outcome: 'elb_status_code:http status:http response:http status_code:http',
      status_code: 'elb_status_code status response status_code',
      user_agent: 'user_agent http_user_agent agent',
      bytes_out: 'sent_bytes body_bytes_sent bytes',
    },
  },
  // W3C extended log file names: IIS, CloudFront, ELB's and proxies' exports.
  {
    title: 'W3C extended logs (IIS, CloudFront)',
    when: ['c-ip', 'cs-method|sc-status'],
    names: {
      ...web(),
      timestamp: 'date+time',
      ip_address: 'c-ip',
      user_id: 'cs-username',
      method: 'cs-method',
      resource: 'cs-uri-stem cs-uri',
      resource_parent: 'cs-host x-host-header cs(Host)',
      outcome: 'sc-status:http',
      status_code: 'sc-status',
      user_agent: 'cs(User-Agent)',
      host: 's-computername s-ip',
      bytes_out: 'sc-bytes',
    },
  },
]; // biome-ignore format: a table

export function web(): Record<string, string> {
  return { category: "'http'", protocol: "'http'" };
}
