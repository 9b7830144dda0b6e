import { Counter, Gauge, type OpenMetricsContentType, type Registry } from 'prom-client';

/** Of all receivers. `receiver` is syslog, otlp, kubernetes or webhook: names of sources and programs never become labels. */
export interface CaptureMetrics {
  /** `result`: event, noise, quarantine. */
  readonly records: Counter<'receiver' | 'result'>;
  readonly lost: Counter<'receiver' | 'why'>;
  readonly refused: Counter<'receiver' | 'why'>;
  readonly connections: Gauge;
  readonly pendingBytes: Gauge;
  readonly receiveBuffer: Gauge;
}

export function captureMetrics(registry: Registry<OpenMetricsContentType>): CaptureMetrics {
  const registers = [registry];
  return {
    records: new Counter({
      name: 'daybook_capture_records',
      help: 'Records that receivers took, by what they were found to be.',
      labelNames: ['receiver', 'result'],
      registers,
    }),
    lost: new Counter({
      name: 'daybook_capture_lost',
      help: 'Records known to be lost: dropped by the kernel, or with no room to wait in.',
      labelNames: ['receiver', 'why'],
      registers,
    }),
    refused: new Counter({
      name: 'daybook_capture_refused',
      help: 'Senders and deliveries that were turned away, by why.',
      labelNames: ['receiver', 'why'],
      registers,
    }),
    connections: new Gauge({ name: 'daybook_capture_syslog_connections', help: 'Open syslog connections.', registers }),
    pendingBytes: new Gauge({
      name: 'daybook_capture_pending_bytes',
      help: 'Bytes of records on their way from receivers to the ledger.',
      registers,
    }),
    receiveBuffer: new Gauge({
      name: 'daybook_capture_udp_receive_buffer_bytes',
      help: 'The smallest receive buffer that the kernel gave to a UDP listener.',
      registers,
    }),
  };
}
