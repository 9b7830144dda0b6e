/** What /openapi.json says of the routes whose bodies are read raw, beside their addresses. */
const COUNT = { type: 'integer', minimum: 0 } as const;
const KINDS = { type: 'object', additionalProperties: COUNT } as const;
const WORD = { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]*$', maxLength: 64 } as const;
const SOURCE = { type: 'string', maxLength: 200, description: "A source of the token's; without it, the token's name." } as const;

const REPLY = {
  'application/json': {
    schema: {
      type: 'object',
      required: ['kept', 'dropped', 'rejected'],
      properties: {
        kept: { ...COUNT, description: 'Lines that are kept (or counted) now, durably.' },
        dropped: { ...COUNT, description: 'Lines that did not fit the bounds of the quarantine: the sender has them still.' },
        rejected: {
          type: 'array',
          items: {
            type: 'object',
            properties: { item: COUNT, code: { type: 'string' }, field: { type: 'string' }, message: { type: 'string' } },
          },
        },
      },
    },
  },
} as const;

const LINE = {
  type: 'object',
  required: ['format', 'code', 'reason'],
  properties: {
    source: SOURCE,
    format: { ...WORD, description: 'The format that was tried: nginx-access; auto when none was recognised.' },
    code: { ...WORD, description: 'Why, as a word: bad_time.' },
    reason: { type: 'string', description: 'Why, as a sentence. Kept to 500 characters.' },
    line: { ...COUNT, description: 'Its number in the file, counted from 1.' },
    file: { type: 'string', maxLength: 500 },
    text: { type: 'string', description: 'The line, without its end. Kept to 40 KiB.' },
    base64: { type: 'string', description: 'Instead of text: the bytes of a line that is no UTF-8.' },
    src: { type: 'string', description: "The producer's instance, and with sseq its counter of the line: its gap is then explained." },
    sseq: COUNT,
  },
} as const;

const REPORT = {
  type: 'object',
  required: ['format'],
  properties: {
    source: SOURCE,
    format: WORD,
    id: { type: 'string', maxLength: 64, description: 'Of this report: the same id is counted once.' },
    events: { ...COUNT, description: 'Lines that became events.' },
    noise: { ...KINDS, description: 'Lines that were understood and are no access, by kind.' },
    folded: { ...KINDS, description: 'Repetitions that were counted into one event, by kind.' },
  },
} as const;

const operation = (description: string, item: object) => ({
  description,
  requestBody: {
    required: true,
    content: {
      'application/x-ndjson': { schema: { type: 'string', description: 'One object per line.' } },
      'application/json': { schema: item },
    },
  },
  responses: {
    200: { description: 'Every line was taken.', content: REPLY },
    207: { description: 'Some lines were taken, some rejected.', content: REPLY },
    400: { description: 'No line was taken.', content: REPLY },
  },
});

export const ASIDE_OPERATIONS = {
  '/v1/quarantine': operation(
    'For importers, agents and receivers: what they could not read is kept, redacted, shown under Quarantine, and imported again after a fix. Answered when it is durable. At most 16 MiB and 10,000 lines.',
    LINE,
  ),
  '/v1/capture-counts': operation(
    'For importers and agents: what became of the lines that they read, beside the events that they sent and the lines that they put into quarantine (those are counted already). Coverage shows the sums by source. Answered when they are durable.',
    REPORT,
  ),
} as const;
