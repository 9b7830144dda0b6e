import { Counter, Gauge, Histogram, type OpenMetricsContentType, type Registry } from 'prom-client';

export type LedgerMetrics = ReturnType<typeof ledgerMetrics>;

/** The ledger's figures; label values are names of logs, kinds of sinks and codes only. */
export function ledgerMetrics(registry: Registry<OpenMetricsContentType>) {
  const registers = [registry];
  const log = ['log'] as const;
  return {
    entries: new Counter({ name: 'daybook_ledger_entries', help: 'Entries made durable since the start.', labelNames: log, registers }),
    refused: new Counter({
      name: 'daybook_ledger_refused',
      help: 'Entries refused, by error code; their senders were told.',
      labelNames: ['log', 'code'],
      registers,
    }),
    size: new Gauge({ name: 'daybook_ledger_size', help: 'Durable entries in a log.', labelNames: log, registers }),
    signedSize: new Gauge({
      name: 'daybook_ledger_signed_size',
      help: 'Size of the newest signed checkpoint.',
      labelNames: log,
      registers,
    }),
    pendingBytes: new Gauge({ name: 'daybook_ledger_pending_bytes', help: 'Bytes that wait for their sync.', labelNames: log, registers }),
    syncS: new Histogram({
      name: 'daybook_ledger_sync_seconds',
      help: 'Write and sync of one round of the group commit.',
      labelNames: log,
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    checkpoints: new Counter({
      name: 'daybook_ledger_checkpoints',
      help: 'Checkpoints signed since the start.',
      labelNames: log,
      registers,
    }),
    diskFull: new Gauge({ name: 'daybook_ledger_disk_full', help: '1 while events are refused because the disk is full.', registers }),
    sinkSent: new Counter({ name: 'daybook_checkpoint_sink_sent', help: 'Checkpoints that a sink took.', labelNames: ['kind'], registers }),
    sinkFailed: new Counter({
      name: 'daybook_checkpoint_sink_failed',
      help: 'Checkpoints that a sink did not take after all tries.',
      labelNames: ['kind'],
      registers,
    }),
    sealFailed: new Counter({
      name: 'daybook_ledger_seal_failed',
      help: 'Segments that are damaged and were not sealed.',
      labelNames: log,
      registers,
    }),
    sealed: new Counter({ name: 'daybook_ledger_sealed_segments', help: 'Segments compressed and checked.', labelNames: log, registers }),
  };
}
