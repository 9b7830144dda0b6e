/** Percona's audit_log in CSV has no header; what a record is shows in its number of values and where its numbers stand (audit_log.cc, format_string[3]). */
const GENERAL = 'name record timestamp command_class connection_id status sqltext user host os_user ip db'.split(' ');
const CONNECTION = 'name record timestamp connection_id status user priv_user os_login proxy_user host ip db'.split(' ');
const AUDIT = 'name record timestamp mysql_version startup_options os_version'.split(' ');

export function csvValues(text: string): Record<string, string> | undefined {
  const values = [...text.matchAll(VALUE)].map(([, quoted, bare = '']) => (quoted === undefined ? bare : quoted.replaceAll('""', '"')));
  const names =
    values.length === AUDIT.length
      ? AUDIT
      : values.length !== GENERAL.length
        ? undefined
        : /^\d+$/.test(values[3] ?? '')
          ? CONNECTION
          : GENERAL;
  return names === undefined ? undefined : Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}

const VALUE = /(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g;
