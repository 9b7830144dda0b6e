import type { MappingRow } from '../format.ts';

/** Of nginx's and Apache's access logs alike: nginx's variable, Apache's directive. */
export const ACCESS_MAPPING: readonly MappingRow[] = [
  { record: '*', field: 'timestamp', from: '$time_local, $time_iso8601, $msec; %t, %{…}t' },
  { record: '*', field: 'ip_address', from: '$remote_addr; %h or %a, when it is an address (a host name: attributes.client_host)' },
  {
    record: '*',
    field: 'ip_chain',
    from: '$http_x_forwarded_for; %{X-Forwarded-For}i: what the client claims, and behind it the address that the server saw',
  },
  { record: '*', field: 'user_id', from: '$remote_user; %u; without one actor_type is anonymous' },
  { record: '*', field: 'event_type', from: 'the method; invalid_request when there is no request line' },
  {
    record: '*',
    field: 'action',
    from: 'the method: GET and HEAD read, POST create, PUT and PATCH update, DELETE delete, CONNECT connect, others other',
  },
  { record: '*', field: 'category', from: 'http' },
  { record: '*', field: 'resource', from: '$request, $request_uri, $uri; %r, %U%q: path and query, secrets masked' },
  { record: '*', field: 'resource_parent', from: '$host, $server_name; %v' },
  { record: '*', field: 'method', from: '$request, $request_method; %r, %m' },
  {
    record: '*',
    field: 'outcome',
    from: 'the status: 101, 2xx and 3xx success, 401 and 403 denied, other 4xx and 5xx failure (499: the client closed), else unknown',
  },
  { record: '*', field: 'status_code', from: '$status; %>s' },
  { record: '*', field: 'bytes_out', from: '$body_bytes_sent; %b, %B, %O' },
  { record: '*', field: 'duration_ms', from: '$request_time; %D, %T' },
  { record: '*', field: 'user_agent', from: '$http_user_agent; %{User-Agent}i' },
  { record: '*', field: 'request_id', from: '$request_id; %L, %{UNIQUE_ID}e, %{X-Request-Id}i' },
  {
    record: 'lines of the server’s error log',
    field: 'everything',
    from: 'in a container’s log, on stderr: as nginx-error and apache-error read them',
  },
  { record: '*', field: 'host', from: '$hostname, or the machine that syslog names' },
  { record: '*', field: 'attributes', from: 'referer, http_version, ident, values with a name by it, the others as extra' },
];
