import type { CaptureSettings } from './capture-settings.ts';
import type { FoldRule } from './fold-settings.ts';
import type { Redacted } from './redacted.ts';
import type { Canary, ExpectedSource } from './source-settings.ts';

/** The settings of a server after parsing; the parser itself is `parse-config.ts`. Paths are absolute. */
export interface Config {
  /** DAYBOOK_DATA: holds `ledger/`, `engine/`, `control/`. */
  readonly dataDir: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** DAYBOOK_ADMIN_TOKEN, when given. */
  readonly adminToken: Redacted<string> | undefined;
  /** DAYBOOK_SIGNING_KEY: file, default `<DATA>.key`. */
  readonly signingKeyFile: string;
  /** DAYBOOK_ORIGIN. */
  readonly origin: string;
  /** Whether nobody named the origin, so that it is the host's name of today. */
  readonly originIsDefault: boolean;
  /** DAYBOOK_LAST_SIGNED_DIR: where the last-signed records lie, default inside the ledger. */
  readonly lastSignedDir: string | undefined;
  /** DAYBOOK_CHECKPOINT_SINK: directories or http(s) URLs. */
  readonly checkpointSinks: readonly string[];
  /** DAYBOOK_CLICKHOUSE_URL: an outside ClickHouse instead of the embedded engine. */
  readonly clickhouseUrl: Redacted<string> | undefined;
  /** DAYBOOK_DATABASE_URL: PostgreSQL for the control state instead of the SQLite file. */
  readonly databaseUrl: Redacted<string> | undefined;
  /** Logs (retention classes), `routine` first, `important` second. */
  readonly logs: readonly string[];
  /** Importance rules, first match wins: an event whose fields all equal one of the listed values goes to `log`. From `daybook.yaml` under `importance:`. */
  readonly importance: readonly { readonly log: string; readonly when: Readonly<Record<string, readonly string[]>> }[];
  /** Which repetitions are counted in one event, `daybook.yaml` under `fold:`; first match wins. */
  readonly fold: readonly FoldRule[];
  /** Redaction policy, `daybook.yaml` under `redact:`. `fields`: removed whole, by name or dotted path; `patterns`: named built-ins, all on by default. */
  readonly redact: {
    readonly fields: readonly string[];
    readonly patterns: readonly ('card' | 'bearer' | 'url_password' | 'sql_password')[];
  };
  /** MMDB files for enrichment. */
  readonly mmdb: readonly string[];
  /** DAYBOOK_PUBLIC_URL: where people reach this server, without a slash at the end; undefined: where it listens. */
  readonly publicUrl: string | undefined;
  /** DAYBOOK_TLS_CERT, DAYBOOK_TLS_KEY, DAYBOOK_TLS_CLIENT_CA: files in PEM. */
  readonly tls: { readonly certFile: string; readonly keyFile: string; readonly clientCaFile: string | undefined } | undefined;
  /** DAYBOOK_TRUSTED_PROXIES: ranges of addresses whose X-Forwarded-For, -Proto and -Host are believed. */
  readonly trustedProxies: readonly string[];
  /** Origins whose pages may frame `/embed`. */
  readonly embedOrigins: readonly string[];
  /** Role → ranges of addresses from which it may be used; a role without an entry from anywhere. `daybook.yaml` under `allow_addresses:`. */
  readonly allowAddresses: Readonly<Record<string, readonly string[]>>;
  /** DAYBOOK_OIDC_…: a provider that vouches for people. `roles`: group → role; who is in no such group gets in nowhere. */
  readonly oidc:
    | {
        readonly issuer: string;
        readonly clientId: string;
        readonly clientSecret: Redacted<string> | undefined;
        readonly groupsClaim: string;
        readonly roles: Readonly<Record<string, string>>;
      }
    | undefined;
  /** Which sources must send what, and how long they may be silent. `daybook.yaml` under `sources:`. */
  readonly sources: readonly ExpectedSource[];
  /** What this server does on a schedule to see whether it is told of it. `daybook.yaml` under `canaries:`; none unless written there. */
  readonly canaries: readonly Canary[];
  /** What listens beside the API. `daybook.yaml` under `capture:`. */
  readonly capture: CaptureSettings;
  /** DAYBOOK_LOG_LEVEL. */
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}
