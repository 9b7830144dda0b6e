import { Counter, Gauge, type OpenMetricsContentType, type Registry } from 'prom-client';

export interface IntakeMetrics {
  readonly items: Counter<'result'>;
  readonly rejected: Counter<'code'>;
  readonly aliasConflicts: Counter;
  readonly redacted: Counter;
  readonly idConflicts: Counter;
  readonly blobs: Counter;
  readonly folded: Counter<'rule'>;
  readonly quarantined: Counter<'result'>;
}

/** `rememberedIds` is asked when the page is read. */
export function intakeMetrics(registry: Registry<OpenMetricsContentType>, rememberedIds: () => number): IntakeMetrics {
  const registers = [registry];
  const ids: Gauge = new Gauge({
    name: 'daybook_intake_remembered_ids',
    help: 'Event ids by which doubles are recognised.',
    registers,
    collect: () => ids.set(rememberedIds()),
  });
  return {
    items: new Counter({
      name: 'daybook_intake_items',
      help: 'Items of requests, by what became of them.',
      labelNames: ['result'],
      registers,
    }),
    rejected: new Counter({ name: 'daybook_intake_rejections', help: 'Rejected items, by code.', labelNames: ['code'], registers }),
    aliasConflicts: new Counter({
      name: 'daybook_intake_alias_conflicts',
      help: 'Aliases that contradicted the key that won, and stayed among the attributes.',
      registers,
    }),
    redacted: new Counter({ name: 'daybook_intake_redactions', help: 'Fields that policy removed or masked.', registers }),
    idConflicts: new Counter({
      name: 'daybook_intake_event_id_conflicts',
      help: 'Events kept although their event_id was known with another content.',
      registers,
    }),
    blobs: new Counter({ name: 'daybook_intake_blobs', help: 'Fields that moved whole to a blob.', registers }),
    folded: new Counter({
      name: 'daybook_intake_folded',
      help: 'Items that were counted in an entry of their request, by the rule of `fold` that says so.',
      labelNames: ['rule'],
      registers,
    }),
    quarantined: new Counter({
      name: 'daybook_intake_quarantine',
      help: 'Refused items: kept in quarantine, over its bound, or not parseable.',
      labelNames: ['result'],
      registers,
    }),
  };
}
