/**
 * The schema `daybook` of a database whose rows are watched: an outbox, which triggers fill in the transaction of the change itself, and the state of
 * its delivery. Running it again changes nothing but the functions. PostgreSQL 13 or later.
 */

/** A longer value is kept by its beginning: the outbox is no copy of the table. Then 64, then none, until a row's image fits. */
const VALUE_BYTES_MAX = 4096;
const SHORT_VALUE_BYTES_MAX = 64;
/** Of a row's image. Two of them, and the rest of an event, are below the server's 512 KiB for an item. */
const IMAGE_BYTES_MAX = 131_072;
/** An object of an event has at most 256 keys: a wider row is kept as text. */
const IMAGE_KEYS_MAX = 200;
/** A row or nested value of so many bytes can't have more than those keys, and needs no cutting. */
const PLAIN_BYTES_MAX = 1024;
/** Names that a session gives itself. */
const NAME_CHARS_MAX = 256;
/** Where a trigger tells that something came. */
export const CHANNEL = 'daybook_outbox';

const TABLES = `
create schema if not exists daybook;

-- The triggers run with our rights: what somebody else put here, and waits to be run by them, must not be.
do $daybook$
declare
  other name;
begin
  select o.owner::regrole into other from (
    select nspowner as owner from pg_namespace where oid = 'daybook'::regnamespace
    union all select relowner from pg_class where relnamespace = 'daybook'::regnamespace
    union all select proowner from pg_proc where pronamespace = 'daybook'::regnamespace
  ) o where o.owner <> current_user::regrole limit 1;
  if other is not null then raise exception 'the schema daybook, or something in it, belongs to %: install as that role', other; end if;
end $daybook$;

create table if not exists daybook.outbox (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  xid text not null default pg_current_xact_id()::text,
  verb text not null,
  relation text not null,
  row_key text,
  row_before jsonb,
  row_after jsonb,
  note text,
  acting_user text,
  request_id text,
  account text not null default session_user,
  role text,
  application text,
  address text
);
-- Rows come and go: without this a scan would walk over all that have gone.
alter table daybook.outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

-- What Daybook will not take, with its reason: nothing is thrown away.
create table if not exists daybook.refused (
  id bigint primary key,
  at timestamptz not null default now(),
  code text not null,
  message text not null,
  change jsonb not null
);

-- One row. The batch that is on its way stands here until Daybook has answered, with the numbers that it was given: after a kill the same
-- rows are sent under the same numbers, and Daybook drops those that it has.
create table if not exists daybook.delivery (
  one boolean primary key default true check (one),
  outbox uuid not null default gen_random_uuid(),
  instance text,
  origin text,
  producer text,
  next_sseq bigint not null default 1,
  first_sseq bigint not null default 0,
  claimed bigint[] not null default '{}'
);
insert into daybook.delivery default values on conflict do nothing;
revoke all on all tables in schema daybook from public;`;

const BOUNDED = `
-- A row's image, bounded: long values cut, and kept as text what not every reader of JSON would read the same (numbers of more than 15 digits, what is
-- nested deeply, a row of many columns). Most rows are small and plain: for them one look must do. No search path is set, since that would cost as
-- much again: only record_change calls it, which has one.
create or replace function daybook.bounded(image jsonb) returns jsonb language plpgsql immutable as $daybook$
declare
  plain text := image::text;
  bounded jsonb;
  longest int;
begin
  if image is null or octet_length(plain) <= ${PLAIN_BYTES_MAX} and plain !~ '[0-9.]{16}' and length(plain) - length(translate(plain, '[{', '')) <= 6 then
    return image;
  end if;
  foreach longest in array array[${VALUE_BYTES_MAX}, ${SHORT_VALUE_BYTES_MAX}, 0] loop
    select jsonb_object_agg(e.key, case
        when octet_length(e.text) > greatest(longest, 8)
          then to_jsonb(left(e.value #>> '{}', longest / 4) || '[cut: ' || octet_length(e.text) || ' bytes]')
        when e.kind = 'number' and octet_length(e.text) > 15
          or e.kind in ('object', 'array') and (octet_length(e.text) > ${PLAIN_BYTES_MAX} or e.text ~ '[0-9.]{16}'
            or length(e.text) - length(translate(e.text, '[{', '')) > 6) then to_jsonb(e.value #>> '{}')
        else e.value end)
      into bounded from (select key, value, value::text as text, jsonb_typeof(value) as kind from jsonb_each(image)) e;
    exit when octet_length(bounded::text) <= ${IMAGE_BYTES_MAX};
  end loop;
  if (select count(*) from jsonb_object_keys(bounded)) > ${IMAGE_KEYS_MAX} then bounded := jsonb_build_object('row', bounded::text); end if;
  return coalesce(bounded, '{}');
end $daybook$;`;

const RECORD = `
-- Runs with the rights of whoever installed it: who changes a table needs none on the outbox. Arguments: columns of the primary key, masked columns,
-- what stands for these, whether to notify.
create or replace function daybook.record_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $daybook$
declare
  keys text[] := tg_argv[0];
  mask text[] := tg_argv[1];
  masked jsonb := tg_argv[2];
  was jsonb;
  now_is jsonb;
  image jsonb;
  unchanged text[];
  row_key text;
  note text;
begin
  if tg_op <> 'TRUNCATE' then
    -- A row that JSON can't hold (a value above 128 MB, say) is recorded without its values: the statement must not fail for that.
    begin
      if tg_op <> 'INSERT' then was := to_jsonb(old); end if;
      if tg_op <> 'DELETE' then now_is := to_jsonb(new); end if;
    exception when others then
      note := 'the row could not be kept: ' || sqlstate;
      was := null;
      now_is := null;
    end;
    image := coalesce(now_is, was);
    if not image ?& mask then
      note := 'a masked column is not there: all are masked';
      select jsonb_object_agg(k, '[masked]') into masked from jsonb_object_keys(image) k;
    elsif not keys && mask then
      row_key := left(image->>keys[1], ${NAME_CHARS_MAX});
      if cardinality(keys) > 1 then
        select left(string_agg(image->>name, ',' order by n), ${NAME_CHARS_MAX}) into row_key from unnest(keys) with ordinality k(name, n);
      end if;
    end if;
    if tg_op = 'UPDATE' and image is not null then
      unchanged := array(select e.key from jsonb_each(now_is) e where e.value is not distinct from was->e.key);
      was := daybook.bounded((was || masked) - unchanged);
      now_is := daybook.bounded((now_is || masked) - unchanged);
    else
      was := daybook.bounded(was || masked);
      now_is := daybook.bounded(now_is || masked);
    end if;
  end if;
  insert into daybook.outbox (verb, relation, row_key, row_before, row_after, note, acting_user, request_id, role, application, address)
  values (
    tg_op, tg_table_schema || '.' || tg_table_name, row_key, was, now_is, note,
    left(nullif(current_setting('daybook.user', true), ''), ${NAME_CHARS_MAX}),
    left(nullif(current_setting('daybook.request', true), ''), ${NAME_CHARS_MAX}),
    nullif(current_setting('role'), 'none'), left(nullif(current_setting('application_name'), ''), ${NAME_CHARS_MAX}), host(inet_client_addr())
  );
  if tg_argv[3]::boolean then perform pg_notify('${CHANNEL}', ''); end if;
  return null;
end $daybook$;
revoke all on function daybook.record_change(), daybook.bounded(jsonb) from public;`;

const WATCH = `
create or replace function daybook.unwatch(target regclass) returns void language plpgsql as $daybook$
begin
  execute format('drop trigger if exists daybook_rows on %s', target);
  execute format('drop trigger if exists daybook_truncate on %s', target);
end $daybook$;

create or replace function daybook.watch(target regclass, mask text[], notify boolean) returns void language plpgsql as $daybook$
declare
  keys text[];
  missing text;
  how text;
begin
  if (select relnamespace from pg_class where oid = target) = 'daybook'::regnamespace then
    raise exception 'the tables of the schema daybook can not be watched';
  end if;
  -- The owner of a table decides what runs when its rows become JSON (casts of its types): with the rights of a superuser, if one installed this.
  if (select rolsuper from pg_roles where rolname = current_user)
    and not (select r.rolsuper from pg_class c join pg_roles r on r.oid = c.relowner where c.oid = target) then
    raise exception 'a superuser must not record the table %: install as its owner', target;
  end if;
  select m.name into missing from unnest(mask) m(name)
    where not exists (select from pg_attribute where attrelid = target and attname = m.name and attnum > 0 and not attisdropped);
  if missing is not null then raise exception 'the table % has no column % to mask', target, missing; end if;
  select array_agg(a.attname::text order by array_position(i.indkey::int2[], a.attnum)) into keys
    from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey::int2[])
    where i.indrelid = target and i.indisprimary;
  select format('%L, %L, %L, %L', coalesce(keys, '{}'), mask, coalesce(jsonb_object_agg(m.name, '[masked]'), '{}'), notify) into how from unnest(mask) m(name);
  perform daybook.unwatch(target);
  execute format('create trigger daybook_rows after insert or update or delete on %s for each row execute function daybook.record_change(%s)', target, how);
  execute format('create trigger daybook_truncate after truncate on %s for each statement execute function daybook.record_change(%s)', target, how);
  -- Else a session could switch them off by session_replication_role.
  execute format('alter table %s enable always trigger daybook_rows', target);
  execute format('alter table %s enable always trigger daybook_truncate', target);
end $daybook$;
revoke all on function daybook.watch(regclass, text[], boolean), daybook.unwatch(regclass) from public;`;

export const OUTBOX_SQL = [TABLES, BOUNDED, RECORD, WATCH].map((part) => part.trim()).join('\n\n');

/** A trigger needs its table for a moment. Whoever waits for it longer holds up everybody who comes after. */
const LOCK = "set local lock_timeout = '5s';";

export interface Watched {
  /** As it is written in SQL: `people`, `sales."Order"`. */
  readonly table: string;
  /** Columns whose values are never kept. */
  readonly mask: readonly string[];
}

/** Installs the triggers on tables, or takes them away: in one transaction. */
export function triggersSql(watched: readonly Watched[], how: { readonly drop: boolean; readonly notify: boolean }): string {
  const statements = watched.map(({ table, mask }) =>
    how.drop
      ? `select daybook.unwatch(${literal(table)});`
      : `select daybook.watch(${literal(table)}, array[${mask.map(literal).join(', ')}]::text[], ${how.notify});`,
  );
  return ['begin;', LOCK, ...(how.drop ? [] : [OUTBOX_SQL]), statements.join('\n'), 'commit;'].join('\n\n');
}

export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}
