import { Gauge, Histogram, Registry, type OpenMetricsContentType, collectDefaultMetrics, Counter } from 'prom-client';

/**
 * The registry behind /metrics. Label values come from closed sets only (route patterns, log names, codes): nothing that a request or
 * an event says ever becomes a label, so the page grows with neither and reveals neither.
 */
export function openMetrics(): Registry<OpenMetricsContentType> {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry, prefix: 'daybook_' });
  return registry;
}

export interface HttpMetrics {
  readonly inFlight: Gauge;
  readonly durationS: Histogram<'method' | 'route' | 'status'>;
  readonly refused: Counter<'code'>;
}

export function httpMetrics(registry: Registry<OpenMetricsContentType>): HttpMetrics {
  return {
    inFlight: new Gauge({ name: 'daybook_http_requests_in_flight', help: 'Requests being answered.', registers: [registry] }),
    durationS: new Histogram({
      name: 'daybook_http_request_duration_seconds',
      help: 'Time from the first byte of a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers: [registry],
    }),
    refused: new Counter({
      name: 'daybook_http_refusals',
      help: 'Requests answered with an error, by its code.',
      labelNames: ['code'],
      registers: [registry],
    }),
  };
}
