import type { SyslogListener } from '../../base/capture-settings.ts';
import { paused } from '../../base/base.ts';
import type { Base } from '../../base/types.ts';
import type { Intake } from '../../intake/index.ts';
import type { CaptureMetrics } from '../capture-metrics.ts';
import { liveContext } from '../live-context.ts';
import type { LineCounts } from '../sink/line-counts.ts';
import { Sinks } from '../sink/sinks.ts';
import { listenDatagrams } from './datagram-listener.ts';
import type { Listening, ListenerParts } from './listener.ts';
import { LossTeller } from './loss-teller.ts';
import { Senders } from './senders.ts';
import { SyslogSession } from './session.ts';
import { listenStreams } from './stream-listener.ts';

export type ReceiverBase = Pick<Base, 'config' | 'log' | 'clock' | 'stopping' | 'background'>;

/** How often held back records are looked at: half of it, or all of it, is what an event of several lines waits for a line that never comes. */
const TICK_MS = 250;
/** Certificates and the kernel's counters. */
const LOOK_TICKS = 8;
/** A sender that is turned away comes again and again: the log hears of it so often. */
const REFUSED_TOLD_MS = 60_000;

export interface SyslogReceiver {
  /** Ports in the order of the settings. */
  readonly ports: readonly number[];
  close(): Promise<void>;
}

/** All syslog listeners of the settings; throws `bad_setting` when one cannot listen. */
export async function openSyslog(
  base: ReceiverBase,
  intake: Intake,
  shared: { readonly metrics: CaptureMetrics; readonly counts: LineCounts },
): Promise<SyslogReceiver> {
  const sinks = new Sinks(base, intake, { metrics: shared.metrics, receiver: 'syslog', channel: 'gateway' });
  const sessions = new Set<SyslogSession>();
  const opened: { listening: Listening; losses: LossTeller }[] = [];
  const closeListeners = () => Promise.all(opened.map(({ listening }) => listening.close()));
  try {
    for (const [i, settings] of base.config.capture.syslog.entries()) {
      const receiver = `syslog ${settings.transport} ${settings.listen.host}:${settings.listen.port}`;
      const losses = new LossTeller(base, intake, receiver);
      const parts = listenerParts(base, settings, { ...shared, sinks, sessions, losses, setting: `capture.syslog[${i}].listen` });
      const listening = await (settings.transport === 'udp' ? listenDatagrams(settings, parts) : listenStreams(settings, parts));
      base.log.info({ receiver, port: listening.port }, 'listening for syslog');
      opened.push({ listening, losses });
    }
  } catch (error) {
    await closeListeners();
    throw error;
  }
  if (opened.length > 0) base.background('syslog upkeep', (signal) => keep(base, opened, sessions, signal));
  return {
    ports: opened.map(({ listening }) => listening.port),
    async close() {
      await closeListeners();
      for (const session of sessions) session.end();
      sessions.clear();
      await sinks.close();
      for (const { losses } of opened) await losses.tell(true);
    },
  };
}

interface Shared {
  readonly metrics: CaptureMetrics;
  readonly counts: LineCounts;
  readonly sinks: Sinks;
  readonly sessions: Set<SyslogSession>;
  readonly losses: LossTeller;
  readonly setting: string;
}

function listenerParts(base: ReceiverBase, settings: SyslogListener, shared: Shared): ListenerParts {
  const { metrics, counts, sinks, sessions, losses, setting } = shared;
  const senders = new Senders(settings);
  const programs = new Map(Object.entries(settings.programs));
  let toldMs = Number.NEGATIVE_INFINITY;
  const refused: ListenerParts['refused'] = (why, address, detail) => {
    metrics.refused.inc({ receiver: 'syslog', why });
    const nowMs = base.clock.monotonicMs();
    if (nowMs - toldMs < REFUSED_TOLD_MS) return;
    toldMs = nowMs;
    base.log.warn({ setting, address, why, detail }, 'a syslog sender was turned away');
  };
  return {
    log: base.log,
    metrics,
    sinks,
    losses,
    setting,
    refused,
    openSession(address, certificate) {
      const sender = senders.of(address, certificate);
      if (sender === undefined) {
        refused('unknown_sender', address, 'no entry of `senders` fits it, and the listener has no `source` of its own');
        return undefined;
      }
      const context = liveContext(base.clock, sender.options, settings.zone);
      const session = new SyslogSession({
        sender,
        address,
        certificate,
        context,
        programs,
        sink: sinks.of(sender.source),
        counts,
        metrics,
      });
      sessions.add(session);
      return session;
    },
    closeSession(session) {
      session.end();
      sessions.delete(session);
    },
  };
}

async function keep(
  base: ReceiverBase,
  opened: readonly { readonly listening: Listening; readonly losses: LossTeller }[],
  sessions: ReadonlySet<SyslogSession>,
  signal: AbortSignal,
): Promise<void> {
  for (let tick = 1; await paused(TICK_MS, signal); tick++) {
    for (const session of sessions) session.tick();
    if (tick % LOOK_TICKS !== 0) continue;
    for (const { listening, losses } of opened) {
      await listening.tick();
      await losses.tell();
      reload(base, listening);
    }
  }
}

function reload({ log }: ReceiverBase, listening: Listening): void {
  try {
    if (listening.reload()) log.info('the new certificate of a syslog listener is in use');
  } catch (error) {
    log.error({ err: error }, 'the new certificate of a syslog listener cannot be used; the old one stays');
  }
}
