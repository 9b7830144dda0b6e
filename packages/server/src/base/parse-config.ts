import { existsSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DaybookError } from '@daybook/protocol';
import type { z } from 'zod';
import { CAPTURE_KEYS, NO_CAPTURE } from './capture-settings.ts';
import type { Config } from './config.ts';
import { FOLD_KEYS } from './fold-settings.ts';
import { Redacted } from './redacted.ts';
import { REDACTION_PATTERNS, SETTINGS, type Setting, type SettingName, settingSchemas } from './settings.ts';
import { parseSettingsFile, SETTINGS_FILE_BYTES_MAX, type SettingsFile } from './settings-file.ts';
import { SOURCE_KEYS } from './source-settings.ts';
import { suggest } from './suggest.ts';

export interface ConfigInput {
  /** Flags as given, by their name without dashes: `signing-key`. A list has several values. */
  readonly flags: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Names that importance rules may use. */
  readonly eventFields: readonly string[];
  /** Names of formats that receivers read. */
  readonly formats?: readonly string[] | undefined;
}

/** Read by the client commands and by the launcher; no settings of the server. */
const OTHER_VARIABLES = ['DAYBOOK_URL', 'DAYBOOK_TOKEN', 'DAYBOOK_CONFIG', 'DAYBOOK_RUN_BUILT'];
/** What Kubernetes puts into every pod for a service named daybook: written by nobody, meant for nobody. */
const SERVICE_LINK = /^DAYBOOK_(SERVICE_(HOST|PORT)(_|$)|PORT(_\d+_|$))/;
const FILE_NAME = 'daybook.yaml';
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/i;

type Values = { -readonly [K in SettingName]?: z.output<ReturnType<typeof settingSchemas>[K]> };

/**
 * The settings, from flags over environment over daybook.yaml over defaults. Everything that is unknown or wrong, in any of the places and even
 * where another place overrides it, is collected and thrown as one `bad_setting`: a setting that is silently ignored is a hole.
 */
export function parseConfig(input: ConfigInput): Config {
  const problems: string[] = [];
  const file = settingsFile(input, problems);
  const values: Values = {
    ...(file === undefined ? {} : fileValues(file, input, problems)),
    ...envValues(input, problems),
    ...flagValues(input, problems),
  };
  const config = configOf(values, input.cwd);
  checkTogether(config, values, problems);
  if (problems.length > 0) throw badSettings(problems);
  return config;
}

function badSettings(problems: readonly string[]): DaybookError {
  const count = problems.length === 1 ? 'a setting is wrong' : `${problems.length} settings are wrong`;
  return new DaybookError('bad_setting', `Daybook does not start: ${count}.\n${problems.map((p) => `  ${p}`).join('\n')}`);
}

// ---- daybook.yaml

function settingsFile(input: ConfigInput, problems: string[]): SettingsFile | undefined {
  const named = one(input.flags['config']) ?? nonEmpty(input.env['DAYBOOK_CONFIG']);
  const at = path.resolve(input.cwd, named ?? FILE_NAME);
  if (!existsSync(at)) {
    if (named !== undefined) problems.push(`${named}: the settings file does not exist; correct --config or DAYBOOK_CONFIG`);
    return undefined;
  }
  if (!statSync(at).isFile() || statSync(at).size > SETTINGS_FILE_BYTES_MAX) {
    problems.push(`${named ?? FILE_NAME}: is no settings file (a regular file of at most 1 MiB)`);
    return undefined;
  }
  const parsed = parseSettingsFile(at, readFileSync(at, 'utf8'));
  if (!Array.isArray(parsed)) return parsed;
  for (const { place, message } of parsed) problems.push(`${at}:${place.line}:${place.column}: ${message}`);
  return undefined;
}

function fileValues(file: SettingsFile, input: ConfigInput, problems: string[]): Values {
  const values: Record<string, unknown> = {};
  const schemas = settingSchemas({ dir: path.dirname(file.name), eventFields: input.eventFields, formats: input.formats });
  const where = (at: 'key' | 'value', trail: readonly PropertyKey[]) => {
    const { line, column } = file.place(at, trail);
    return `${file.name}:${line}:${column}`;
  };
  for (const [name, raw] of file.values) {
    const setting = SETTINGS.find((s) => s.name === name);
    if (setting === undefined) {
      problems.push(
        `${where('key', [name])}: ${unknown(
          name,
          SETTINGS.map((s) => s.name),
        )}`,
      );
      continue;
    }
    const result = schemas[setting.name].safeParse(plain(setting, raw));
    if (result.success) values[name] = result.data;
    else problems.push(...flatten(result.error.issues).map((issue) => fileProblem(name, issue, where, input.eventFields)));
  }
  return values;
}

/** A list may be written as one value; a number or a boolean where text is wanted is that text. */
function plain(setting: Setting, raw: unknown): unknown {
  const text = (value: unknown) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value);
  if (setting.kind === 'text') return text(raw);
  if (setting.kind === 'list') return Array.isArray(raw) ? raw.map(text) : [text(raw)];
  return raw;
}

interface Issue {
  readonly code: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

/** Unions report their branches; the deepest branch is the one that the writer meant. */
function flatten(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[] = []): Issue[] {
  return issues.flatMap((issue) => {
    const trail = [...prefix, ...issue.path];
    if (issue.code === 'invalid_union') {
      const deeper = issue.errors
        .map((branch) => flatten(branch, trail))
        .find((branch) => branch.some((i) => i.path.length > trail.length));
      return deeper ?? [{ code: issue.code, path: trail, message: issue.message }];
    }
    if (issue.code === 'invalid_key') return [{ code: issue.code, path: trail, message: issue.issues[0]?.message ?? issue.message }];
    if (issue.code === 'unrecognized_keys') return [{ code: issue.code, path: trail, message: issue.message, keys: issue.keys }];
    return [{ code: issue.code, path: trail, message: issue.message }];
  });
}

function fileProblem(
  name: string,
  issue: Issue,
  where: (at: 'key' | 'value', trail: readonly PropertyKey[]) => string,
  eventFields: readonly string[],
): string {
  const trail = [name, ...issue.path];
  if (issue.keys !== undefined) {
    const key = issue.keys[0] ?? '';
    return `${where('key', [...trail, key])}: ${unknown(key, ['log', 'when', 'fields', 'patterns', ...FOLD_KEYS, ...SOURCE_KEYS, ...CAPTURE_KEYS])}`;
  }
  if (issue.code === 'invalid_key') {
    const meant = suggest(String(trail.at(-1)), eventFields);
    return `${where('key', trail)}: \`${trail.map(String).join('.')}\` ${issue.message}${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`;
  }
  return `${where('value', trail)}: \`${trail.map(String).join('.')}\` ${issue.message}`;
}

// ---- environment and flags

function envValues(input: ConfigInput, problems: string[]): Values {
  const raw: [Setting, string | readonly string[], string][] = [];
  const known = SETTINGS.filter((s) => s.kind !== 'structure');
  for (const [name, text] of Object.entries(input.env)) {
    if (!name.startsWith('DAYBOOK_') || OTHER_VARIABLES.includes(name) || SERVICE_LINK.test(name)) continue;
    const setting = known.find((s) => s.env === name);
    if (setting === undefined) {
      problems.push(`environment: ${unknown(name, [...known.map((s) => s.env), ...OTHER_VARIABLES])}`);
      // An empty variable is an unset one: that is how compose files pass what their user left out.
    } else if (text !== undefined && text !== '') {
      raw.push([setting, setting.kind === 'list' ? text.split(',').map((part) => part.trim()) : text, `environment: ${name}`]);
    }
  }
  return parsed(raw, input, problems);
}

function flagValues(input: ConfigInput, problems: string[]): Values {
  const raw: [Setting, string | readonly string[], string][] = [];
  for (const [flag, given] of Object.entries(input.flags)) {
    if (given === undefined || flag === 'config') continue;
    const setting = SETTINGS.find((s) => s.flag === flag && s.kind !== 'structure');
    if (setting === undefined)
      problems.push(
        unknown(
          `--${flag}`,
          SETTINGS.map((s) => `--${s.flag}`),
        ),
      );
    else if (setting.kind === 'list') raw.push([setting, [given].flat(), `--${flag}`]);
    else raw.push([setting, one(given) ?? '', `--${flag}`]);
  }
  return parsed(raw, input, problems);
}

function parsed(raw: readonly [Setting, string | readonly string[], string][], input: ConfigInput, problems: string[]): Values {
  const values: Record<string, unknown> = {};
  const schemas = settingSchemas({ dir: input.cwd, eventFields: input.eventFields });
  for (const [setting, given, where] of raw) {
    const result = schemas[setting.name].safeParse(given);
    if (result.success) values[setting.name] = result.data;
    else problems.push(...result.error.issues.map((issue) => `${where} ${issue.message}`));
  }
  return values;
}

function unknown(name: string, candidates: readonly string[]): string {
  const meant = suggest(name, candidates);
  return `\`${name}\` is not a setting${meant === undefined ? '; see docs/reference/settings.md' : `; did you mean \`${meant}\`?`}`;
}

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.at(-1);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

// ---- together

/** What an auditor asks for first is kept longest: who got in, who got rights, what was refused. */
const DEFAULT_IMPORTANCE: Config['importance'] = [
  { log: 'important', when: { category: ['authentication', 'iam', 'config', 'audit'] } },
  { log: 'important', when: { outcome: ['denied'] } },
];

function configOf(values: Values, cwd: string): Config {
  const dataDir = values.data ?? path.resolve(cwd, 'data');
  const secret = (text: string | undefined) => (text === undefined ? undefined : new Redacted(text));
  return {
    dataDir,
    listen: values.listen ?? { host: '127.0.0.1', port: 7717 },
    adminToken: secret(values.admin_token),
    signingKeyFile: values.signing_key ?? `${dataDir}.key`,
    origin: values.origin ?? hostName(),
    originIsDefault: values.origin === undefined,
    lastSignedDir: values.last_signed_dir,
    checkpointSinks: values.checkpoint_sink ?? [],
    clickhouseUrl: secret(values.clickhouse_url),
    databaseUrl: secret(values.database_url),
    logs: [...new Set(['routine', 'important', ...(values.logs ?? [])])],
    importance: values.importance ?? DEFAULT_IMPORTANCE,
    fold: values.fold ?? [],
    redact: values.redact ?? { fields: [], patterns: REDACTION_PATTERNS },
    mmdb: values.mmdb ?? [],
    publicUrl: values.public_url,
    tls:
      values.tls_cert === undefined || values.tls_key === undefined
        ? undefined
        : { certFile: values.tls_cert, keyFile: values.tls_key, clientCaFile: values.tls_client_ca },
    trustedProxies: values.trusted_proxies ?? [],
    embedOrigins: values.embed_origins ?? [],
    allowAddresses: values.allow_addresses ?? {},
    oidc:
      values.oidc_issuer === undefined || values.oidc_client_id === undefined
        ? undefined
        : {
            issuer: values.oidc_issuer,
            clientId: values.oidc_client_id,
            clientSecret: secret(values.oidc_client_secret),
            groupsClaim: values.oidc_groups_claim ?? 'groups',
            roles: values.oidc_roles ?? {},
          },
    sources: values.sources ?? [],
    canaries: values.canaries ?? [],
    capture: values.capture ?? NO_CAPTURE,
    logLevel: values.log_level ?? 'info',
  };
}

function hostName(): string {
  // What a key name can't hold (spaces, `+`, slashes) is no part of a proper host name either.
  return (
    os
      .hostname()
      .toLowerCase()
      .replaceAll(/[^a-z0-9.-]/g, '') || 'localhost'
  );
}

function checkTogether(config: Config, values: Values, problems: string[]): void {
  const { host } = config.listen;
  checkPairs(values, problems);
  if (!LOOPBACK.test(host) && config.tls === undefined && values.insecure_listen !== host) {
    problems.push(
      `listen: ${host} is reachable from other machines, and without TLS tokens and events would travel in clear text; set tls_cert and tls_key, listen on 127.0.0.1 behind a proxy that does TLS, or set insecure_listen (DAYBOOK_INSECURE_LISTEN) to \`${host}\``,
    );
  }
  for (const rule of config.importance) {
    if (config.logs.includes(rule.log)) continue;
    problems.push(`importance: there is no log \`${rule.log}\`; add it to \`logs\`, or use one of ${config.logs.join(', ')}`);
  }
  const inside = path.relative(config.dataDir, config.signingKeyFile);
  if (!inside.startsWith('..') && !path.isAbsolute(inside)) {
    problems.push(
      'signing_key: the key must not lie inside the data directory, where every copy and backup of the data would carry it; choose another place',
    );
  }
}

/** Settings that mean nothing without another: half of a pair would be silently ignored. */
function checkPairs(values: Values, problems: string[]): void {
  const needs: readonly (readonly [SettingName, SettingName])[] = [
    ['tls_cert', 'tls_key'],
    ['tls_key', 'tls_cert'],
    ['tls_client_ca', 'tls_cert'],
    ['oidc_issuer', 'oidc_client_id'],
    ['oidc_issuer', 'oidc_roles'],
    ['oidc_client_id', 'oidc_issuer'],
    ['oidc_client_secret', 'oidc_issuer'],
    ['oidc_roles', 'oidc_issuer'],
  ];
  for (const [name, other] of needs) {
    if (values[name] !== undefined && values[other] === undefined) problems.push(`${name}: needs ${other} too`);
  }
}
