import type { Base } from '../../base/types.ts';
import type { CaptureMetrics } from '../capture-metrics.ts';
import type { Sinks } from '../sink/sinks.ts';
import type { LossTeller } from './loss-teller.ts';
import type { SyslogSession } from './session.ts';

/** What a listener of any transport stands on. */
export interface ListenerParts {
  readonly log: Base['log'];
  readonly metrics: CaptureMetrics;
  readonly sinks: Sinks;
  readonly losses: LossTeller;
  /** `capture.syslog[0].listen`. */
  readonly setting: string;
  /** undefined: nobody who may send here; counted and told. */
  openSession(address: string, certificate: string | undefined): SyslogSession | undefined;
  closeSession(session: SyslogSession): void;
  refused(why: 'connections' | 'tls' | 'framing' | 'unknown_sender', address: string, detail: string): void;
}

export interface Listening {
  readonly port: number;
  /** Looks for losses. */
  tick(): Promise<void>;
  reload(): boolean;
  close(): Promise<void>;
}
