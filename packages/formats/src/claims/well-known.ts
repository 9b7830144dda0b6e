/**
 * The names under which widespread programs write the facts of an access, by field, the most believed first. They come behind the canonical names and their aliases,
 * and are compared without regard to case, `_`, `-`, blanks and points: `user.name` is also `User Name`, `user_name`, and `name` inside of `user`.
 *
 * Sources: the Elastic Common Schema, OpenTelemetry's semantic conventions, the access logs of Rails, Heroku's router, grpc and Docker's registry, and what logging
 * libraries and exports of administration consoles have in common. A name behind which the client may write what it wants (headers, parameters, a request's body) is
 * never here. `name:reader` is read by a reader of readers.ts, any other by the type of its field; `a+b` is two values that stand apart.
 */
export const WELL_KNOWN: Readonly<Record<string, string>> = {
  timestamp:
    'date+time datetime date timestamp_utc event_timestamp eventdate log_time log_timestamp created_at create_time created creation_time creationdate occurred ' +
    'time_generated start_time request_time_local time_local time_iso8601 asctime when _time @t t timestampms event.created event.start grpc.start_time login_time ' +
    'activity_date log_date utc_time generated_at started_at request_time:stamp',
  user_id:
    'user.id enduser.id user.login user.username user.name username user usr uname account.id actor.id actor.username actor.login actor.name actor.email actor.user.id actor ' +
    'author.id author.username author.name author login login_name logon_name account.name account user.account auth.user.id auth.user.name auth.user authenticated_user ' +
    'remote_user client.user.name src_user source.user.name suser source.user.id srcuser db_user dbuser session_user operator initiator.id initiator.name initiated_by requester requested_by ' +
    'performed_by created_by updated_by changed_by modified_by accessed_by current_user.id current_user who user.email user_principal_name userprincipalname subject.user.name ' +
    'principal.id principal.name employee_id customer_id member_id identity.name email',
  user_name: 'user.full_name user.display_name display_name full_name user.name username uname actor.display_name actor.name author.name account.name',
  user_email: 'user.email user.mail email email_address mail actor.email author.email',
  effective_user_id: 'user.effective.id user.effective.name effective_user run_as',
  on_behalf_of: 'impersonator.id impersonator.name impersonated_by',
  target_user_id: 'user.target.id user.target.name target_user target_username target_user.id target_user.name target_account affected_user dst_user dest_user destination.user.name',
  roles: 'user.roles enduser.role user.role role groups user.groups',
  session_id: 'session.id sessionid',
  credential_id: 'access_key_id api_key_id',
  auth_method: 'auth_type authentication_type authentication_method login_type auth_mechanism',
  mfa: 'mfa_used mfa_authenticated used_mfa',
  ip_address:
    'client.address client.ip source.ip source.address srcip src_ip src remote.ip remote.address remote_address peer.ip peer.address client_addr clienthost clientip clientaddress ' +
    'user.ip actor.ip login_ip ip_addr source_address source_host src_endpoint.ip network.peer.address net.sock.peer.addr net.peer.ip http.client_ip ' +
    'http.request.remoteaddr request.remote_ip request.remote_addr request_ip remote_host rhost client peer remote fwd:last_ip',
  ip_chain: 'x_forwarded_for forwarded_for http_x_forwarded_for fwd',
  user_agent: 'user_agent.original useragent http_user_agent ua client.user_agent http.request.useragent request.user_agent browser.user_agent',
  country_code: 'source.geo.country_iso_code client.geo.country_iso_code geoip.country_code2 geoip.country_iso_code',
  city: 'source.geo.city_name client.geo.city_name geoip.city_name',
  location: 'source.geo.name',
  host: 'host.name host.hostname hostname host_name computer computer_name machine_name machine node_name server_name server observer.hostname agent.hostname beat.hostname',
  environment: 'service.environment deployment.environment.name deployment.environment env',
  event_type:
    'event.action event.name operation.name operation op activity.name activity activity_type event.code action.name action.type action_name action_type operation_type grpc.method ' +
    'command_name msg:verb message:verb',
  category: 'event.category:ecs_category',
  action: 'event.type:ecs_action',
  outcome:
    'event.outcome result.status outcome.result outcome.status result_status operation_result login_status login_result auth_result authentication_result is_success success_flag succeeded ' +
    'allowed:allowed authorized:allowed is_allowed:allowed decision:decided http.response.status_code:http http.response.status:http http.status_code:http http_status:http ' +
    'response_code:http response_status:http response.status_code:http response.status:http res.status_code:http statuscode:http status_code:http sc_status:http code:http grpc.code:grpc ' +
    'rpc.grpc.status_code:grpc error_code:failed failure_reason:failed failure.reason:failed error.message:failed error.type:failed exception.type:failed exception.message:failed error:failed err:failed err.message:failed',
  status_code:
    'http.response.status_code http.response.status http.status_code http_status http_status_code response_code response_status response.status_code res.status_code statuscode ' +
    'sc_status rpc.grpc.status_code grpc.code db.response.status_code event.error.code error.code error_code errorcode result.code result_code',
  reason:
    'event.reason failure_reason failure.reason error.message error_message error.reason exception.message err.message err error_description error deny_reason denial_reason status_message ' +
    'status_reason error.type exception.type error_code',
  resource:
    'url.path request_uri uri url.original url.full url path_info request_path request.path request.uri request.url http.target http.route http.request.uri http.url requesturl ' +
    'resource.name resource.path resource.id resource_uri object.name object.path object_key object_name target.name target.path file.path file.name filename file_path filepath file document.name document ' +
    'db.collection.name db.sql.table table_name db_table table entity.name entity_name db.namespace db.name messaging.destination.name page document_id record_id object_id target_id entity_id',
  resource_type: 'resource.type object.type object_type target.type target_type entity.type entity_type item_type',
  resource_id: 'resource.id object.id object_id target.id target_id entity.id entity_id item_id document_id record_id aws.s3.key',
  resource_parent: 'resource.parent db.namespace db.name database database_name project.name repository.full_name bucket bucket_name aws.s3.bucket',
  method:
    'http.request.method http.method request.method request_method http_method method_name verb req.method rpc.method db.operation.name db.operation messaging.operation.name cs_method request_type grpc.method',
  protocol: 'network.protocol.name network.application db.system.name db.system rpc.system messaging.system scheme',
  query_text: 'db.query.text db.statement query_text sql statement sql_text',
  row_count: 'db.response.returned_rows rows_affected affected_rows rows_examined rows_returned row_count',
  bytes_out: 'http.response.body.bytes http.response.bytes http.response.body.size http.response_content_length http.response.written bytes_sent body_bytes_sent bytes_out response_size response_length bytes',
  duration_ms: 'responsetime response_time_ms elapsed_ms latency_ms time_ms time_taken_ms grpc.time_ms event.duration:nanoseconds duration_s:seconds elapsed_seconds:seconds http.response.duration:span service:span',
  request_id: 'http.request.id req.id request.id req_id correlation_id x_request_id request_uuid',
  trace_id: 'trace.id traceid dd.trace_id otelTraceID',
  source_event_id: 'event.id:unique event_uuid:unique',
}; // biome-ignore format: a table

/** Where logging libraries put what a program gives them beside the message: a name in there counts as one of the record's own, but behind those. */
export const CONTAINERS = ['fields', '@fields', 'mdc', 'contextMap', 'context', 'extra', 'Properties', 'json', 'structured', 'attrs'];
