import { type Static, Type } from 'typebox';

/** The shapes of requests and replies, for /openapi.json and for clients. */
const Count = Type.Integer({ minimum: 0 });

export const intakeReplySchema = Type.Object({
  accepted: Type.Integer({ minimum: 0, description: 'Items that are kept now, `folded` ones included.' }),
  folded: Type.Optional(
    Type.Array(Type.Object({ item: Count, log: Type.String(), idx: Type.Union([Count, Type.Null()]) }), {
      description:
        'Accepted items that have no entry of their own: a rule of `fold` counts them in the entry at `idx`, which came in the same request. Absent when there are none.',
    }),
  ),
  duplicates: Type.Array(Type.Object({ item: Count, log: Type.String(), idx: Type.Union([Count, Type.Null()]) }), {
    description: 'Items that were kept before, and where; idx is null when the place is no longer remembered.',
  }),
  rejected: Type.Array(Type.Object({ item: Count, code: Type.String(), field: Type.String(), message: Type.String() }), {
    description: 'Items that are not kept, each with a code of the registry and a sentence.',
  }),
  receipts: Type.Array(Type.Object({ log: Type.String(), first_idx: Count, last_idx: Count }), {
    description: 'Where the accepted items are: consecutive in their order, per log, without the folded ones.',
  }),
  checkpoints: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'With wait=committed: the signed note per log.' })),
});
export type IntakeReply = Static<typeof intakeReplySchema>;

/** RFC 9457, the body of every failed request. */
export const problemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  advice: Type.String(),
});
export type Problem = Static<typeof problemSchema>;
