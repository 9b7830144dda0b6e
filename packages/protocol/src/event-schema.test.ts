import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { KEYS } from './aliases.ts';
import { eventSchema, eventSchemaDocument } from './event-schema.ts';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false, strictRequired: false });
const valid = ajv.compile(eventSchemaDocument());

describe('the schema of an event', () => {
  const f = (name: string, item: unknown, wanted: boolean) =>
    it(`${wanted ? 'takes' : 'refuses'} ${name}`, () => {
      expect({ valid: valid(item), errors: wanted ? valid.errors : null }).toEqual({ valid: wanted, errors: null });
    });
  f(
    'the first example',
    {
      timestamp: '2023-11-04T12:34:56Z',
      userId: 'user_12345',
      eventType: 'update',
      resource: 'document_56789',
      ipAddress: '192.168.0.1',
    },
    true,
  );
  f(
    'the second example',
    {
      timestamp: '2023-10-21T15:32:00Z',
      user_id: 'U12345',
      resource_accessed: '/secure-data',
      result: 'success',
      ip_address: '192.168.1.10',
    },
    true,
  );
  f('an unknown key', { user_id: 'u', anything: { at: ['all'] } }, true);
  f('a number for a text', { user_id: 7 }, true);
  f('an object for an alias', { user_id: 'u', object: { id: 1 } }, true);
  f('words in any case', { user_id: 'u', action: ' Login', outcome: 'Forbidden', severity: 'HIGH' }, true);
  f('what is no object', ['user_id'], false);
  f('nothing', {}, false);
  f('nothing of an access', { user_id: '', event_type: null, host: 'web-1' }, false);
  f('an object for a text', { user_id: {} }, false);
  f('a field of the server', { user_id: 'u', idx: 1 }, false);
  f('redactions', { user_id: 'u', redactions: [] }, false);
  f('the category audit', { user_id: 'u', category: ' Audit' }, false);
  f('a reserved word', { event_type: 'Daybook.start' }, false);
  f('a reserved word by an alias', { event_name: 'daybook.start' }, false);
  f('the reserved attribute', { user_id: 'u', attributes: { daybook: null } }, false);
  f('the source daybook', { user_id: 'u', source: 'Daybook' }, false);
  f('a user without a name', { event_type: 'x', actor_type: 'User' }, false);
  f('an anonymous without a name', { event_type: 'x', actor_type: 'anonymous' }, true);
  f('a count that is none', { user_id: 'u', row_count: -1 }, false);
  f('a time that can be none', { user_id: 'u', timestamp: {} }, false);

  it('says something of each key that means something', () => {
    expect(Object.keys(eventSchema()['properties'] as object)).toEqual(expect.arrayContaining([...KEYS.keys()]));
  });

  it('points into the document that it is part of', () => {
    const text = JSON.stringify(eventSchema('#/components/schemas/Event'));
    expect(text).toContain('"#/components/schemas/Event/$defs/text"');
    expect(text).not.toContain('"#/$defs');
  });
});
