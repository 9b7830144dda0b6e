import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from './daybook.ts';

/** Files of a machine that guides name, from the fixtures of their formats. */
const FILES: readonly (readonly [file: string, fixture: string])[] = [
  ['var/log/auth.log', 'auth-log/fixtures/auth.log'],
  ['var/log/audit/audit.log', 'auditd/fixtures/audit.log'],
  ['var/log/nginx/access.log', 'nginx-access/fixtures/nginx-access.log'],
  ['var/log/nginx/error.log', 'nginx-error/fixtures/nginx-error.log'],
  ['var/log/apache2/access.log', 'apache-access/fixtures/apache-access.log'],
  ['var/log/apache2/error.log', 'apache-error/fixtures/apache-error.log'],
  ['var/log/mysql/server_audit.log', 'mariadb-audit/fixtures/mariadb-audit.log'],
  ['var/log/mysql/audit.log', 'mysql-audit/fixtures/mysql-audit.log'],
  ['cloudtrail/111122223333_CloudTrail_eu-central-1.json', 'cloudtrail/fixtures/cloudtrail.log'],
  ['pg.csv', 'postgres/fixtures/pgaudit-csv.csv'],
];
/** Folders that guides name from the root: they are under this one. */
const FOLDERS = ['/var/log', '/var/lib/daybook-agent', '/etc/daybook'];

/** A folder that stands for a machine, its logs in it. */
export function furnish(home: string): void {
  for (const [file, fixture] of FILES) {
    const to = path.join(home, file);
    mkdirSync(path.dirname(to), { recursive: true });
    cpSync(path.join(ROOT, 'packages', 'formats', 'src', fixture), to);
  }
  const access = path.join(home, 'var', 'log', 'nginx', 'access.log');
  writeFileSync(`${access}.2.gz`, gzipSync(readFileSync(access)));
  writeFileSync(path.join(home, 'doors.log'), '2026-01-05T08:00:00+01:00 door=7 badge=4711 granted\n');
  for (const folder of ['etc/daybook', 'var/lib/daybook-agent']) mkdirSync(path.join(home, folder), { recursive: true });
}

/** What a guide shows, for that machine and this server. */
export function placed(text: string, home: string, url: string): string {
  const moved = FOLDERS.reduce((whole, folder) => whole.replaceAll(folder, path.join(home, folder)), text);
  return moved.replaceAll(/http:\/\/(?:127\.0\.0\.1|localhost):7717|https:\/\/daybook\.example:7717/g, url);
}

/**
 * Files that a guide shows go where its commands look for them: the settings of the agent, and modules by the name in their first line. Each guide is a machine of its
 * own, so that its agent has a state of its own.
 */
export function placeFiles(
  guide: string,
  { home, url, name }: { readonly home: string; readonly url: string; readonly name: string },
): void {
  const settings = /^```yaml\n(# agent\.yaml\n[\s\S]*?)^```$/m.exec(guide)?.[1];
  if (settings !== undefined) {
    const own = placed(settings, home, url).replace(/^state: .*$/m, `state: ${path.join(home, `agent-of-${name}`)}`);
    writeFileSync(path.join(home, 'agent.yaml'), own);
  }
  for (const [, module = '', file = ''] of guide.matchAll(/^```js\n(\/\/ ([\w-]{1,40}\.mjs): [\s\S]*?)^```$/gm))
    writeFileSync(path.join(home, file), module);
}
