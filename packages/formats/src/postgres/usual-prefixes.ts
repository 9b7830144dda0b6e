import { type Prefix, prefixOf } from './prefix-tokens.ts';

/** Prefixes that packages, clouds and tools set or recommend; looked through in this order when the operator names none. */
const TEXTS = [
  // PostgreSQL's own default from 10, and Debian's.
  '%m [%p] ',
  '%m [%p] %q%u@%d ',
  '%t [%p] %q%u@%d ',
  '%t [%p-%l] %q%u@%d ',
  '%t [%p]: [%l-1] ',
  '%t [%p] ',
  // Red Hat's.
  '< %m > ',
  '< %m >',
  '%m ',
  '%t ',
  // Amazon RDS and Aurora.
  '%t:%r:%u@%d:[%p]:',
  '%m:%r:%u@%d:[%p]:',
  '%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:',
  '%t:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:',
  // Azure; Google Cloud SQL and AlloyDB.
  '%t-%c-',
  '%m-%c-',
  '%m [%p]: [%l-1] db=%d,user=%u ',
  '%t [%p]: [%l-1] db=%d,user=%u ',
  // pgBadger.
  '%t [%p]: user=%u,db=%d,app=%a,client=%h ',
  '%m [%p]: user=%u,db=%d,app=%a,client=%h ',
  '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
  '%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
  '%t [%p]: [%l-1] user=%u,db=%d ',
  '%t [%p]: [%l] user=%u,db=%d,app=%a,client=%h ',
  '%t [%p]: db=%d,user=%u,app=%a,client=%h ',
  '%m [%p]: db=%d,user=%u,app=%a,client=%h ',
  'user=%u,db=%d,app=%a,client=%h ',
  'user=%u,db=%d ',
  '%m [%p]: [%l-1] user=%u,db=%d,host=%h,app=%a ',
  '%m [%p]: [%l-1] %quser=%u,db=%d,app=%a,client=%h ',
  '%t [%p]: %quser=%u,db=%d,app=%a,client=%h ',
  '%m [%p] %quser=%u,db=%d,app=%a,client=%h ',
  '%m [%p] user=%u,db=%d,app=%a,client=%h ',
  '%m [%p] user=%u,db=%d,client=%h ',
  '%m [%p] db=%d,user=%u,app=%a,client=%h ',
  '%m [%p] db=%d,user=%u ',
  'db=%d,user=%u,app=%a,client=%h ',
  // Aiven, DigitalOcean; Spilo (Zalando's operator); Supabase.
  'pid=%p,user=%u,db=%d,app=%a,client=%h ',
  '%t [%p]: [%l-1] %c %x %d %u %a %h ',
  '%h %m [%p] %q%u@%d ',
  '%m [%p] %q[user=%u,db=%d,app=%a,host=%h] ',
  '%m [%p][%b][%v][%x] %q[user=%u,db=%d,app=%a] ',
  '%t [%p]: [%l-1] user=%u,db=%d - PG-%e ',
  '%t [%p]: [%l-1] [trx_id=%x] user=%u,db=%d ',
  '[%p]: [%l-1] db=%d,user=%u ',
  '%m %r %u %a [%c] [%p] ',
  '%t [%p] %q%u@%d %h ',
  '%m [%p] %q%u@%d %h ',
  '%m [%p] %q%u@%d %r ',
  '%m [%p-%l] %q%u@%d ',
  // The manual's, pgTAP's, Crunchy's, and what is common beside them.
  '%m [%p] %q[user=%u,db=%d,app=%a] ',
  '%m [%p] %q[%u@%d] ',
  '%m [%p] %q%u@%d/%a ',
  '%m [%p] %q%a ',
  '%m %u@%d/%h[%p] ',
  '%m [%p] %u@%d ',
  '%t [%p] %u@%d ',
  '%m [%p]: %u@%d ',
  '%m [%p] %u@%d %h ',
  '%m %u %d [%p] ',
  '%m %d %u [%p]: ',
  '%m [%p]: [%l-1] ',
  '%m [%p]: ',
  '%t [%p]: ',
  '%m [%c] ',
  '%m [%c]: ',
  '%m %p ',
  '[%p] ',
  '%t %u %d %r %p ',
  '%m %r %u@%d [%p] ',
  '%m %h %u@%d [%p] ',
  '%m [%p] %h %u@%d ',
  '%m [%p] %r %u@%d ',
  '',
] as const;

let compiled: readonly Prefix[] | undefined;

export function usualPrefixes(): readonly Prefix[] {
  compiled ??= TEXTS.map(prefixOf);
  return compiled;
}
