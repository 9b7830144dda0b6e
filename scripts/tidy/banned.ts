import { type Complaint, codeOf, isTest, lineAt, type Tree } from './tree.ts';

interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
  /** Files that it holds for, by the beginning of their path. */
  readonly under: readonly string[];
  /** Files that it does not hold for, by the beginning of their path. */
  readonly except: readonly string[];
}

const SERVER = 'packages/server/src/';
const BASE = 'packages/server/src/base/';
const PACKAGES = ['packages/'];
/** The SDK runs in other people's processes, without our base: its one door to the outside. */
const SDK_OUTSIDE = 'packages/sdk/src/outside.ts';
/** The engine is a process of its own, with an edge of its own to the world; nothing of these files runs in the server. */
const CHILDREN = ['engine-main', 'http-interface', 'result-pipe', 'rows-file', 'session-pool', 'statement-run', 'watchdog'].map(
  (name) => `packages/server/src/query/engine/${name}.ts`,
);

/** The function that stands for JSON.parse, and the one for single strings alone. */
const NATIVE_PARSERS = ['parse-json', 'json-string'].map((name) => `packages/protocol/src/${name}.ts`);

/** Stands alone, and reads nothing but what it or the server wrote, by names without escapes. */
const SDK = 'packages/sdk/src/';

/** Only `base` touches time, chance, files, sockets, the environment and the terminal; elsewhere they come as arguments. */
const BANS: readonly Ban[] = [
  { pattern: /\bDate\.now\(/g, instead: 'base.clock.nowMicros(), or take the time as an argument', under: PACKAGES, except: [BASE, SDK_OUTSIDE, ...CHILDREN] },
  { pattern: /\bnew Date\(\s*\)/g, instead: 'base.clock, or take the time as an argument', under: PACKAGES, except: [BASE] },
  { pattern: /\bperformance\.now\(/g, instead: 'base.clock.monotonicMs()', under: [SERVER], except: [BASE, ...CHILDREN] },
  { pattern: /\bMath\.random\(/g, instead: 'base.random: nothing here may be guessable', under: PACKAGES, except: [] },
  { pattern: /\brandom(?:Bytes|UUID|FillSync|Int)\(/g, instead: 'base.random', under: [SERVER], except: [BASE, ...CHILDREN] },
  { pattern: /\bconsole\.\w+\(/g, instead: 'base.log in the server, io.stdout in the command line', under: PACKAGES, except: [] },
  { pattern: /\bprocess\.env\b/g, instead: 'base.config in the server, io.env in the command line', under: PACKAGES, except: [BASE, SDK_OUTSIDE, 'packages/cli/src/io.ts', ...CHILDREN] },
  { pattern: /\bprocess\.exit\(/g, instead: 'base.fatal in the server, an exit status in the command line', under: PACKAGES, except: [BASE, 'packages/cli/src/io.ts', ...CHILDREN] },
  { pattern: /from 'node:fs(?:\/promises)?'/g, instead: 'base.files', under: [SERVER], except: [BASE, ...CHILDREN] },
  { pattern: /^(?!import \{ isIP(?:v[46])? \})import [^;]*from 'node:(?:net|http|https|http2|tls|dgram)'/gm, instead: 'base.http, or a file of base', under: [SERVER], except: [BASE, ...CHILDREN] },
  { pattern: /\bexecSync\(|\bshell:\s*true/g, instead: 'spawn or execFile with a list of arguments', under: ['packages/', 'scripts/', 'test/', 'bench/'], except: ['scripts/tidy'] },
  { pattern: /\bJSON\.parse\b|\} = JSON\b/g, instead: 'parseJson, or unquote for one string, of @daybook/protocol: V8 takes an escaped key for another', under: ['packages/', 'test/', 'bench/'], except: [...NATIVE_PARSERS, SDK] },
  { pattern: /\.json\(\)/g, instead: 'parseJson(await response.text()): json() is JSON.parse', under: PACKAGES, except: [] },
  { pattern: /@ts-(?:ignore|nocheck)|\bas any\b/g, instead: '`unknown`, looked at by a guard', under: ['packages/', 'scripts/', 'test/', 'bench/'], except: ['scripts/tidy'] },
]; // biome-ignore format: a table, one row a line

/** Type imports bring nothing that runs. */
const TYPE_IMPORT = /^[ \t]*import type [^;]*$/;

export function bannedCalls(tree: Tree): Complaint[] {
  const complaints: Complaint[] = [];
  for (const [file, text] of tree) {
    if (!/\.(ts|tsx)$/.test(file)) continue;
    // Suppressions of the type checker are comments: looked for in the text itself.
    const code = codeOf(text);
    for (const ban of BANS) {
      if (!holds(ban, file)) continue;
      const where = ban.pattern.source.includes('@ts-') ? text : code;
      for (const match of where.matchAll(ban.pattern)) {
        const line = lineAt(where, match.index);
        if (TYPE_IMPORT.test(where.split('\n')[line - 1]?.replace(/;$/, '') ?? '')) continue;
        complaints.push({ file, line, message: `${match[0].trim()} is not used here; instead: ${ban.instead}` });
      }
    }
  }
  return complaints;
}

function holds(ban: Ban, file: string): boolean {
  const begins = (prefixes: readonly string[]) => prefixes.some((prefix) => file.startsWith(prefix));
  return begins(ban.under) && !begins(ban.except) && !(isTest(file) && begins(PACKAGES));
}
