import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { FIELDS } from './fields.ts';
import { PROTOBUF_BY_NUMBER, PROTOBUF_FIELDS, protobufFile } from './protobuf.ts';

/**
 * Numbers that have been published: the first is 1. They stand in programs everywhere, so this list is only ever added to; it is no copy to bring in
 * line when the test fails.
 */
const PUBLISHED =
  `event_id timestamp user_id event_type action resource outcome ip_address source actor_type session_id request_id status_code
  user_agent duration_ms src sseq attributes labels changes observed_at source_event_id user_name user_email effective_user_id on_behalf_of agent_id
  credential_id auth_method mfa roles category resource_type resource_id resource_parent resource_sensitivity target_user_id query_text query_hash
  row_count bytes_out ip_chain location country_code city asn as_org host environment channel protocol method trace_id reason severity purpose
  ticket_id tenant_id importance`.split(/\s+/);

describe('numbers of fields', () => {
  it('are those that were published', () => {
    expect(PROTOBUF_FIELDS.slice(0, PUBLISHED.length)).toEqual(PUBLISHED);
  });

  it('are given to every field that a producer may set, once (new: at the end of PROTOBUF_FIELDS)', () => {
    const named = FIELDS.filter((field) => field.serverOnly !== true).map((field) => field.name);
    expect(PROTOBUF_BY_NUMBER.flatMap((field) => field?.name ?? []).sort()).toEqual([...named, 'src', 'sseq'].sort());
    expect(new Set(PROTOBUF_FIELDS).size).toBe(PROTOBUF_FIELDS.length);
  });

  it('are in the file, with the types of the table', () => {
    const event = protobuf.parse(protobufFile(), { keepCase: true }).root.lookupType('daybook.v1.Event');
    expect(event.fieldsArray.map(({ name, id }) => [name, id])).toEqual(PROTOBUF_FIELDS.map((name, i) => [name, i + 1]));
    const types = Object.fromEntries(
      event.fieldsArray.map(({ name, type, map, repeated }) => [name, `${map ? 'map ' : repeated ? 'repeated ' : ''}${type}`]),
    );
    expect(types).toMatchObject({
      timestamp: 'google.protobuf.Timestamp', action: 'string', row_count: 'uint64', duration_ms: 'double', mfa: 'bool', roles: 'repeated string',
      labels: 'map string', attributes: 'google.protobuf.Struct', changes: 'google.protobuf.Value', ip_address: 'string', sseq: 'uint64',
    }); // biome-ignore format: a list of types
  });
});
